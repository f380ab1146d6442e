using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Konsul.Mesh.Etcd.Batches;

/// <summary>
/// A batch in bytes: {magic:u32, writer:16, sequence:u64, first:u64, count:u32}, then per command {length:u32, bytes}, then {chain:u64}; little
/// endian. The chain is the start of SHA-256 over the chain before and all bytes above: it finds a damaged batch and a foreign history.
/// </summary>
internal static class BatchCodec
{
    private const uint Magic = 0x31424D4B;
    private const int HeaderSize = 40;
    private const int ChainSize = 8;
    private const int LengthSize = 4;

    /// <summary>Bytes of the value apart from the commands' own.</summary>
    public static int Overhead(int commands) => HeaderSize + ChainSize + (LengthSize * commands);

    public static byte[] Encode(Guid writer, ulong sequence, ulong first, IReadOnlyList<ReadOnlyMemory<byte>> commands, ulong chainBefore)
    {
        var value = new byte[Overhead(commands.Count) + commands.Sum(c => c.Length)];
        var rest = value.AsSpan();
        BinaryPrimitives.WriteUInt32LittleEndian(rest, Magic);
        writer.TryWriteBytes(rest[4..]);
        BinaryPrimitives.WriteUInt64LittleEndian(rest[20..], sequence);
        BinaryPrimitives.WriteUInt64LittleEndian(rest[28..], first);
        BinaryPrimitives.WriteInt32LittleEndian(rest[36..], commands.Count);
        rest = rest[HeaderSize..];
        foreach (var command in commands)
        {
            BinaryPrimitives.WriteInt32LittleEndian(rest, command.Length);
            command.Span.CopyTo(rest[LengthSize..]);
            rest = rest[(LengthSize + command.Length)..];
        }

        BinaryPrimitives.WriteUInt64LittleEndian(rest, ChainOf(chainBefore, value.AsSpan(..^ChainSize)));
        return value;
    }

    /// <exception cref="EtcdException">Not a batch. The chain is not looked at.</exception>
    public static Batch Decode(ReadOnlyMemory<byte> value, string key)
    {
        var bytes = value.Span;
        if (bytes.Length < Overhead(0) || BinaryPrimitives.ReadUInt32LittleEndian(bytes) != Magic)
        {
            throw Damaged(key, "it does not start like one, or was written by a newer program");
        }

        var count = BinaryPrimitives.ReadUInt32LittleEndian(bytes[36..]);
        if (count > (uint)(bytes.Length - Overhead(0)) / LengthSize)
        {
            throw Damaged(key, $"{bytes.Length} bytes cannot hold {count} commands");
        }

        var commands = new ReadOnlyMemory<byte>[count];
        var at = HeaderSize;
        var end = bytes.Length - ChainSize;
        for (var i = 0; i < commands.Length; i++)
        {
            if (end - at < LengthSize || BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]) is var length && length > (uint)(end - at - LengthSize))
            {
                throw Damaged(key, $"command {i} goes beyond its end");
            }

            commands[i] = value.Slice(at + LengthSize, (int)length);
            at += LengthSize + (int)length;
        }

        return at == end
            ? new Batch(
                new Guid(bytes.Slice(4, 16)),
                BinaryPrimitives.ReadUInt64LittleEndian(bytes[20..]),
                BinaryPrimitives.ReadUInt64LittleEndian(bytes[28..]),
                commands,
                BinaryPrimitives.ReadUInt64LittleEndian(bytes[end..]),
                value)
            : throw Damaged(key, $"{end - at} bytes follow its last command");
    }

    /// <summary>Whether the value was made after the batch with <paramref name="chainBefore"/> and is as it was made.</summary>
    public static bool Continues(ulong chainBefore, ReadOnlySpan<byte> value) =>
        BinaryPrimitives.ReadUInt64LittleEndian(value[^ChainSize..]) == ChainOf(chainBefore, value[..^ChainSize]);

    private static ulong ChainOf(ulong before, ReadOnlySpan<byte> content)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> number = stackalloc byte[ChainSize];
        BinaryPrimitives.WriteUInt64LittleEndian(number, before);
        hash.AppendData(number);
        hash.AppendData(content);
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetHashAndReset(digest);
        return BinaryPrimitives.ReadUInt64LittleEndian(digest);
    }

    private static EtcdException Damaged(string key, string why) =>
        new(EtcdFailure.Damaged, $"The value of etcd's key {key} is no batch of commands: {why}.");
}
