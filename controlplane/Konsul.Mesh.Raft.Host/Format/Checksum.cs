using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Konsul.Mesh.Raft.Host.Format;

/// <summary>CRC-32C (Castagnoli) by the processor's own instruction, without the final inversion.</summary>
internal static class Checksum
{
    // Compiled well at once: at a start most of the log goes through it before the runtime would get to that.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static uint Crc32C(ReadOnlySpan<byte> bytes, uint crc = uint.MaxValue)
    {
        while (bytes.Length >= 8)
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[8..];
        }

        foreach (var b in bytes)
        {
            crc = BitOperations.Crc32C(crc, b);
        }

        return crc;
    }
}
