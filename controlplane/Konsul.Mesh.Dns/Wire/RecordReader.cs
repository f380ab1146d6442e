using System.Buffers.Binary;

namespace Konsul.Mesh.Dns.Wire;

/// <summary>Walks over the records of a message without reading more than it has.</summary>
internal static class RecordReader
{
    private const int FixedLength = 10;

    /// <param name="Type">Its type.</param>
    /// <param name="Class">Its class; the UDP size in an OPT record.</param>
    /// <param name="Ttl">Seconds; flags in an OPT record.</param>
    /// <param name="TtlAt">Where the TTL stands.</param>
    /// <param name="DataAt">Where the data begin.</param>
    /// <param name="End">Where the next record begins.</param>
    internal readonly record struct Record(RecordType Type, ushort Class, uint Ttl, int TtlAt, int DataAt, int End);

    public static bool TryRead(ReadOnlySpan<byte> message, int at, out Record record)
    {
        record = default;
        var fixedAt = DomainName.Skip(message, at);
        if (fixedAt < 0 || fixedAt + FixedLength > message.Length)
            return false;
        var body = message[fixedAt..];
        var end = fixedAt + FixedLength + BinaryPrimitives.ReadUInt16BigEndian(body[8..]);
        if (end > message.Length)
            return false;
        record = new Record(
            (RecordType)BinaryPrimitives.ReadUInt16BigEndian(body), BinaryPrimitives.ReadUInt16BigEndian(body[2..]),
            BinaryPrimitives.ReadUInt32BigEndian(body[4..]), fixedAt + 4, fixedAt + FixedLength, end);
        return true;
    }
}
