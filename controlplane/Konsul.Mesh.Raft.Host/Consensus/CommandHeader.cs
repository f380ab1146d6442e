using System.Buffers.Binary;

namespace Konsul.Mesh.Raft.Host.Consensus;

/// <summary>
/// What stands before a command in an entry: version, then who proposed it and under which number, so that the proposer knows its own when it is
/// applied. Little endian: {version:u8, origin:u64, number:u64}.
/// </summary>
/// <param name="Origin">Drawn anew at each start of a server.</param>
/// <param name="Number">From 1, of that origin.</param>
internal readonly record struct CommandHeader(ulong Origin, ulong Number)
{
    public const int Size = 17;
    private const byte Version = 1;

    public static byte[] Wrap(CommandHeader header, ReadOnlySpan<byte> command)
    {
        var bytes = new byte[Size + command.Length];
        bytes[0] = Version;
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(1), header.Origin);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(9), header.Number);
        command.CopyTo(bytes.AsSpan(Size));
        return bytes;
    }

    public static bool IsKnown(ReadOnlySpan<byte> entry) => entry.Length >= Size && entry[0] == Version;

    /// <exception cref="LogStoppedException">Written by a newer program: it must not be skipped.</exception>
    public static CommandHeader Read(ReadOnlySpan<byte> entry, ulong index)
    {
        if (!IsKnown(entry))
        {
            throw new LogStoppedException($"Entry {index} has a form that this program does not know: it was written by a newer one.");
        }

        return new CommandHeader(BinaryPrimitives.ReadUInt64LittleEndian(entry[1..]), BinaryPrimitives.ReadUInt64LittleEndian(entry[9..]));
    }
}
