using System.Buffers.Binary;

namespace Konsul.Mesh.Dns.Wire;

/// <summary>Reads one query. Never throws and never allocates, whatever the bytes are; it looks at each byte at most twice.</summary>
internal static class QueryReader
{
    /// <summary>More records than this after the question is nobody's query.</summary>
    private const int MaxRecords = 16;

    private const uint DnssecOkBit = 0x8000;

    /// <param name="packet">One message.</param>
    /// <param name="name">Room for <see cref="DomainName.MaxLength"/> bytes, which the query's name will lie in.</param>
    /// <param name="query">What could be read; of a faulty packet at least the id and the flags.</param>
    public static QueryFault Read(ReadOnlySpan<byte> packet, Span<byte> name, out DnsQuery query)
    {
        query = default;
        if (packet.Length < HeaderFlags.HeaderLength)
            return QueryFault.Ignore;
        var flags = BinaryPrimitives.ReadUInt16BigEndian(packet[2..]);
        if ((flags & HeaderFlags.Response) != 0)
            return QueryFault.Ignore;

        // Also other opcodes have a question there, which their refusal repeats when it can be read.
        var fault = ReadQuestion(packet, name, out query);
        return (flags & HeaderFlags.OpcodeMask) != 0 ? QueryFault.Opcode : fault;
    }

    private static QueryFault ReadQuestion(ReadOnlySpan<byte> packet, Span<byte> name, out DnsQuery query)
    {
        var (id, flags) = (BinaryPrimitives.ReadUInt16BigEndian(packet), BinaryPrimitives.ReadUInt16BigEndian(packet[2..]));
        query = new DnsQuery { Id = id, Flags = flags };
        var records = BinaryPrimitives.ReadUInt16BigEndian(packet[6..]) + BinaryPrimitives.ReadUInt16BigEndian(packet[8..])
            + BinaryPrimitives.ReadUInt16BigEndian(packet[10..]);
        if (BinaryPrimitives.ReadUInt16BigEndian(packet[4..]) != 1 || records > MaxRecords)
            return QueryFault.Format;

        var length = DomainName.CopyLower(packet[HeaderFlags.HeaderLength..], name);
        var end = HeaderFlags.HeaderLength + length + 4;
        if (length == 0 || end > packet.Length)
            return QueryFault.Format;
        var fault = ReadRecords(packet, end, records, out var edns);
        query = new DnsQuery
        {
            Id = id,
            Flags = flags,
            Question = packet[HeaderFlags.HeaderLength..end],
            Name = name[..length],
            Type = (RecordType)BinaryPrimitives.ReadUInt16BigEndian(packet[(end - 4)..]),
            Class = BinaryPrimitives.ReadUInt16BigEndian(packet[(end - 2)..]),
            HasEdns = edns is not null,
            UdpSize = edns?.Class ?? 0,
            EdnsVersion = (byte)((edns?.Ttl ?? 0) >> 16),
            DnssecOk = ((edns?.Ttl ?? 0) & DnssecOkBit) != 0,
        };
        return fault;
    }

    private static QueryFault ReadRecords(ReadOnlySpan<byte> packet, int at, int records, out RecordReader.Record? edns)
    {
        edns = null;
        for (var i = 0; i < records; i++)
        {
            if (!RecordReader.TryRead(packet, at, out var record))
                return QueryFault.Format;
            if (record.Type == RecordType.Opt)
            {
                // One, and of the root (RFC 6891 6.1.1).
                if (edns is not null || packet[at] != 0)
                    return QueryFault.Format;
                edns = record;
            }

            at = record.End;
        }

        return QueryFault.None;
    }
}
