using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Konsul.Mesh.Raft.Host.Consensus;

/// <summary>Everything that a log takes from chance, so that a simulation can give it from a seed.</summary>
/// <param name="Jitter">Spreads elections.</param>
/// <param name="Origin">Names the commands of this run of the server.</param>
/// <param name="ReadEpoch">Names its reads.</param>
internal sealed record ChanceSource(IJitter Jitter, ulong Origin, uint ReadEpoch)
{
    public static ChanceSource System()
    {
        Span<byte> bytes = stackalloc byte[12];
        RandomNumberGenerator.Fill(bytes);
        return new ChanceSource(new SystemJitter(), BinaryPrimitives.ReadUInt64LittleEndian(bytes), BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]));
    }

    private sealed class SystemJitter : IJitter
    {
        public int Next(int limit) => RandomNumberGenerator.GetInt32(limit);
    }
}
