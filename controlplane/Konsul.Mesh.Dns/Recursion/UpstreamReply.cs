using System.Buffers.Binary;
using Konsul.Mesh.Dns.Wire;

namespace Konsul.Mesh.Dns.Recursion;

/// <summary>What an upstream server answered, checked and ready to be passed on any number of times. Immutable.</summary>
internal sealed class UpstreamReply
{
    /// <summary>Nothing is kept for longer, whatever it says.</summary>
    public static readonly TimeSpan LongestTtl = TimeSpan.FromHours(1);

    private readonly int[] _ttls;

    private UpstreamReply(byte[] message, int[] ttls, ResponseCode code, TimeSpan ttl) => (Message, _ttls, Code, Ttl) = (message, ttls, code, ttl);

    /// <summary>Without its OPT record; compressed as it came.</summary>
    public byte[] Message { get; }

    public ResponseCode Code { get; }

    /// <summary>For how long it may be kept; zero: not at all.</summary>
    public TimeSpan Ttl { get; }

    public bool Truncated => (BinaryPrimitives.ReadUInt16BigEndian(Message.AsSpan(2)) & HeaderFlags.Truncated) != 0;

    /// <summary>Reads a reply to <paramref name="question"/>.</summary>
    /// <returns>Null when it is no reply to it: forged, late, or damaged.</returns>
    public static UpstreamReply? Read(ReadOnlySpan<byte> message, ushort id, ReadOnlySpan<byte> question)
    {
        var start = HeaderFlags.HeaderLength + question.Length;
        if (message.Length < start || BinaryPrimitives.ReadUInt16BigEndian(message) != id || BinaryPrimitives.ReadUInt16BigEndian(message[4..]) != 1)
            return null;
        var flags = BinaryPrimitives.ReadUInt16BigEndian(message[2..]);
        if ((flags & (HeaderFlags.Response | HeaderFlags.OpcodeMask)) != HeaderFlags.Response || !SameQuestion(message[HeaderFlags.HeaderLength..start], question))
            return null;

        var (answers, authority, additional) = (
            BinaryPrimitives.ReadUInt16BigEndian(message[6..]), BinaryPrimitives.ReadUInt16BigEndian(message[8..]),
            BinaryPrimitives.ReadUInt16BigEndian(message[10..]));
        var ttls = new List<int>();
        var (shortest, at, code) = (uint.MaxValue, start, (ResponseCode)(flags & HeaderFlags.CodeMask));
        uint? negative = null;
        for (var i = 0; i < answers + authority; i++)
        {
            if (!RecordReader.TryRead(message, at, out var record))
                return null;
            ttls.Add(record.TtlAt);
            shortest = Math.Min(shortest, record.Ttl);
            if (i >= answers && record.Type == RecordType.Soa && record.End - record.DataAt >= 20)
                negative = Math.Min(record.Ttl, BinaryPrimitives.ReadUInt32BigEndian(message[(record.End - 4)..]));
            at = record.End;
        }

        var (end, kept) = Additional(message, at, additional, ttls, ref code);
        if (end < 0)
            return null;
        var copy = message[..end].ToArray();
        BinaryPrimitives.WriteUInt16BigEndian(copy.AsSpan(10), (ushort)kept);
        var ttl = answers > 0 && code == ResponseCode.NoError ? shortest : Math.Min(negative ?? 0, shortest);
        return new UpstreamReply(copy, [.. ttls], code, Min(TimeSpan.FromSeconds(ttl), LongestTtl));
    }

    /// <summary>Copies the message with every TTL less by its age.</summary>
    public void CopyTo(Span<byte> output, TimeSpan age)
    {
        Message.CopyTo(output);
        var seconds = (uint)Math.Max(age.TotalSeconds, 0);
        foreach (var at in _ttls)
        {
            var ttl = BinaryPrimitives.ReadUInt32BigEndian(output[at..]);
            BinaryPrimitives.WriteUInt32BigEndian(output[at..], ttl > seconds ? ttl - seconds : 0);
        }
    }

    /// <summary>
    /// An OPT record speaks of one hop and is not passed on. It stands last as a rule; else everything from it on is left out, since names
    /// behind it may point at each other.
    /// </summary>
    private static (int End, int Kept) Additional(ReadOnlySpan<byte> message, int at, int count, List<int> ttls, ref ResponseCode code)
    {
        var (end, kept, cut) = (at, 0, false);
        for (var i = 0; i < count; i++)
        {
            if (!RecordReader.TryRead(message, at, out var record))
                return (-1, 0);
            at = record.End;
            if (record.Type == RecordType.Opt)
            {
                code = (ResponseCode)((byte)code | (byte)(record.Ttl >> 24 << 4));
                cut = true;
            }
            else if (!cut)
            {
                ttls.Add(record.TtlAt);
                (end, kept) = (record.End, kept + 1);
            }
        }

        return (end, kept);
    }

    private static bool SameQuestion(ReadOnlySpan<byte> theirs, ReadOnlySpan<byte> ours)
    {
        Span<byte> lower = stackalloc byte[DomainName.MaxLength];
        var length = DomainName.CopyLower(theirs, lower);
        return length == ours.Length - 4 && lower[..length].SequenceEqual(ours[..length]) && theirs[length..].SequenceEqual(ours[length..]);
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
