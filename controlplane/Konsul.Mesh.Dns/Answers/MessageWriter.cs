using System.Buffers.Binary;
using Konsul.Mesh.Dns.Wire;

namespace Konsul.Mesh.Dns.Answers;

/// <summary>A reply under way: never longer than its buffer, less what is reserved.</summary>
internal ref struct MessageWriter
{
    public const int PointerLength = 2;
    private const int PointerMark = 0xC000;
    private const int LastPointed = 0x3FFF;
    private static readonly byte[] ServerLabel = "\u0002ns"u8.ToArray();
    private static readonly byte[] MailboxLabel = "\u000Ahostmaster"u8.ToArray();

    private readonly Span<byte> _output;
    private readonly ReadOnlySpan<byte> _name;
    private readonly ushort _flags;
    private int _reserved;

    /// <summary>Writes the header's place and the question.</summary>
    public MessageWriter(Span<byte> output, in DnsQuery query, bool recursionAvailable)
    {
        _output = output;
        _name = query.Name;
        _flags = (ushort)(HeaderFlags.Response | (query.Flags & HeaderFlags.Repeated) | (recursionAvailable ? HeaderFlags.RecursionAvailable : 0));
        output[..HeaderFlags.HeaderLength].Clear();
        BinaryPrimitives.WriteUInt16BigEndian(output, query.Id);
        BinaryPrimitives.WriteUInt16BigEndian(output[4..], (ushort)(query.Question.IsEmpty ? 0 : 1));
        query.Question.CopyTo(output[HeaderFlags.HeaderLength..]);
        Length = HeaderFlags.HeaderLength + query.Question.Length;
    }

    public int Length { get; private set; }

    /// <summary>Where the name that was asked for stands.</summary>
    public readonly Owner QuestionName => new(HeaderFlags.HeaderLength, null);

    /// <summary>A name as the place where it stands in the message already, or in full.</summary>
    public readonly record struct Owner(int At, byte[]? Name);

    public void Reserve(int bytes) => _reserved = bytes;

    public void Release() => _reserved = 0;

    public readonly bool Fits(int bytes) => Length + bytes <= _output.Length - _reserved;

    public static int OwnerLength(byte[]? name, int at) => at <= LastPointed || name is null ? PointerLength : name.Length;

    /// <summary>The zone's name is the end of the question's; but for answers to reverse names.</summary>
    public readonly Owner OwnerOf(DnsZone zone) =>
        _name.EndsWith(zone.Name) ? new Owner(HeaderFlags.HeaderLength + _name.Length - zone.Name.Length, null) : new Owner(0, zone.Name);

    /// <param name="record">Its body.</param>
    /// <param name="name">Its owner in full; null is the question's.</param>
    /// <param name="at">Where that name stands, if it does.</param>
    public bool TryRecord(AnswerRecord record, byte[]? name, int at = 0) =>
        TryRecord(record, name is null ? QuestionName : at is > 0 and <= LastPointed ? new Owner(at, null) : new Owner(0, name));

    public bool TryRecord(AnswerRecord record, Owner owner)
    {
        if (!Fits((owner.Name?.Length ?? PointerLength) + record.Body.Length))
            return false;
        Put(owner);
        Put(record.Body);
        return true;
    }

    public bool TrySoa(DnsZone zone, SoaOptions soa, uint serial)
    {
        var owner = OwnerOf(zone);
        var nameLength = owner.Name?.Length ?? PointerLength;
        var dataLength = ServerLabel.Length + MailboxLabel.Length + (2 * nameLength) + 20;
        if (!Fits(nameLength + 10 + dataLength))
            return false;
        Put(owner);
        Put((ushort)RecordType.Soa);
        Put(HeaderFlags.Internet);
        Put(AnswerRecord.Seconds(soa.MinTtl));
        Put((ushort)dataLength);
        Put(ServerLabel);
        Put(owner);
        Put(MailboxLabel);
        Put(owner);
        Put(serial);
        Put(AnswerRecord.Seconds(soa.Refresh));
        Put(AnswerRecord.Seconds(soa.Retry));
        Put(AnswerRecord.Seconds(soa.Expire));
        Put(AnswerRecord.Seconds(soa.MinTtl));
        return true;
    }

    public bool Opt(ResponseCode code, bool dnssecOk, int udpSize)
    {
        if (!Fits(11))
            return false;
        Put([0]);
        Put((ushort)RecordType.Opt);
        Put((ushort)udpSize);
        Put(((uint)code >> 4 << 24) | (dnssecOk ? 0x8000u : 0));
        Put((ushort)0);
        return true;
    }

    public readonly void Finish(ResponseCode code, bool authoritative, bool truncated, int answers, int authority, int additional)
    {
        var flags = _flags | ((int)code & HeaderFlags.CodeMask) | (authoritative ? HeaderFlags.Authoritative : 0) | (truncated ? HeaderFlags.Truncated : 0);
        BinaryPrimitives.WriteUInt16BigEndian(_output[2..], (ushort)flags);
        BinaryPrimitives.WriteUInt16BigEndian(_output[6..], (ushort)answers);
        BinaryPrimitives.WriteUInt16BigEndian(_output[8..], (ushort)authority);
        BinaryPrimitives.WriteUInt16BigEndian(_output[10..], (ushort)additional);
    }

    private void Put(Owner owner)
    {
        if (owner.Name is { } name)
            Put(name);
        else
            Put((ushort)(PointerMark | owner.At));
    }

    private void Put(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_output[Length..]);
        Length += bytes.Length;
    }

    private void Put(ushort value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(_output[Length..], value);
        Length += 2;
    }

    private void Put(uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(_output[Length..], value);
        Length += 4;
    }
}
