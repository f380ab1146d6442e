using System.Buffers.Binary;
using Konsul.Mesh.Dns.Answers;
using Konsul.Mesh.Dns.Wire;

namespace Konsul.Mesh.Dns.Recursion;

/// <summary>Passes on what an upstream server answered, as far as the client can take it.</summary>
internal static class Relay
{
    private const int OptLength = 11;

    /// <returns>The reply's length.</returns>
    public static int Write(
        in DnsQuery query, UpstreamReply reply, TimeSpan age, bool udp, ResponseWriter writer, int udpSize, Span<byte> output)
    {
        var length = reply.Message.Length + (query.HasEdns ? OptLength : 0);
        if (length > writer.SizeFor(query, udp))
            return writer.WriteEmpty(query, reply.Code, truncated: true, output);
        reply.CopyTo(output, age);
        BinaryPrimitives.WriteUInt16BigEndian(output, query.Id);
        var flags = HeaderFlags.Response | HeaderFlags.RecursionAvailable | (query.Flags & HeaderFlags.Repeated) | ((int)reply.Code & HeaderFlags.CodeMask);
        BinaryPrimitives.WriteUInt16BigEndian(output[2..], (ushort)flags);
        query.Question.CopyTo(output[HeaderFlags.HeaderLength..]);
        if (!query.HasEdns)
            return length;

        var opt = output[reply.Message.Length..length];
        opt.Clear();
        BinaryPrimitives.WriteUInt16BigEndian(opt[1..], (ushort)RecordType.Opt);
        BinaryPrimitives.WriteUInt16BigEndian(opt[3..], (ushort)udpSize);
        opt[7] = (byte)(query.DnssecOk ? 0x80 : 0);
        BinaryPrimitives.WriteUInt16BigEndian(output[10..], (ushort)(BinaryPrimitives.ReadUInt16BigEndian(output[10..]) + 1));
        return length;
    }

    /// <summary>The addresses, and the names on the way to them, that an answer holds; at most eight.</summary>
    public static AnswerRecord[] Addresses(UpstreamReply reply, TimeSpan age)
    {
        const int most = 8;
        var message = reply.Message.AsSpan();
        var records = new List<AnswerRecord>();
        var at = DomainName.Skip(message, HeaderFlags.HeaderLength) + 4;
        for (var i = BinaryPrimitives.ReadUInt16BigEndian(message[6..]); i > 0 && records.Count < most; i--)
        {
            if (!RecordReader.TryRead(message, at, out var record) || DomainName.Expand(message, at) is not { } owner)
                break;
            var ttl = (uint)Math.Max(record.Ttl - age.TotalSeconds, 0);
            if (record.Type is RecordType.A or RecordType.Aaaa)
                records.Add(AnswerRecord.Foreign(record.Type, owner, message[record.DataAt..record.End], ttl));
            else if (record.Type == RecordType.Cname && DomainName.Expand(message, record.DataAt) is { } target)
                records.Add(AnswerRecord.Foreign(record.Type, owner, target, ttl));
            at = record.End;
        }

        return [.. records];
    }
}
