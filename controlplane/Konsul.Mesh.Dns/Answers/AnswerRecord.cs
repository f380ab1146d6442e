using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Konsul.Mesh.Dns.Wire;

namespace Konsul.Mesh.Dns.Answers;

/// <summary>A record ready to be sent: everything behind its owner's name as bytes. Immutable, shared by all replies.</summary>
internal sealed class AnswerRecord
{
    /// <summary>Type, class, TTL and length of the data.</summary>
    private const int FixedLength = 10;

    private const int SrvTargetAt = FixedLength + 6;

    private AnswerRecord(RecordType type, TimeSpan ttl, ReadOnlySpan<byte> data)
    {
        Type = type;
        Body = new byte[FixedLength + data.Length];
        BinaryPrimitives.WriteUInt16BigEndian(Body, (ushort)type);
        BinaryPrimitives.WriteUInt16BigEndian(Body.AsSpan(2), HeaderFlags.Internet);
        BinaryPrimitives.WriteUInt32BigEndian(Body.AsSpan(4), Seconds(ttl));
        BinaryPrimitives.WriteUInt16BigEndian(Body.AsSpan(8), (ushort)data.Length);
        data.CopyTo(Body.AsSpan(FixedLength));
    }

    private AnswerRecord(AnswerRecord other) => (Type, Body, Weight, Outside) = (other.Type, other.Body, other.Weight, other.Outside);

    public RecordType Type { get; }

    /// <summary>Type, class, TTL, length, data.</summary>
    public byte[] Body { get; }

    /// <summary>Null: the name that was asked for.</summary>
    public byte[]? Owner { get; init; }

    /// <summary>Its share when the order is drawn, and the weight of an SRV record.</summary>
    public int Weight { get; init; } = 1;

    /// <summary>
    /// Records of the name that this one names: addresses of an SRV or NS target, which go into the additional section, or what a CNAME leads
    /// to, which follows it.
    /// </summary>
    public AnswerRecord[] Led { get; init; } = [];

    /// <summary>A CNAME that leads out of the zones, in lower case: a recursor may know more.</summary>
    public byte[]? Outside { get; init; }

    /// <summary>Where the name within <see cref="Body"/> stands that <see cref="Led"/> belongs to.</summary>
    public int TargetAt => Type == RecordType.Srv ? SrvTargetAt : FixedLength;

    public static AnswerRecord Address(IPAddress address, TimeSpan ttl, byte[]? owner = null, int weight = 1)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var length);
        return new(length == 4 ? RecordType.A : RecordType.Aaaa, ttl, bytes[..length]) { Owner = owner, Weight = weight };
    }

    public static AnswerRecord Srv(int weight, int port, byte[] target, TimeSpan ttl, AnswerRecord[] led)
    {
        Span<byte> data = stackalloc byte[6 + DomainName.MaxLength];
        BinaryPrimitives.WriteUInt16BigEndian(data, 1);
        BinaryPrimitives.WriteUInt16BigEndian(data[2..], (ushort)weight);
        BinaryPrimitives.WriteUInt16BigEndian(data[4..], (ushort)port);
        target.CopyTo(data[6..]);
        return new(RecordType.Srv, ttl, data[..(6 + target.Length)]) { Weight = weight, Led = led };
    }

    /// <summary>NS, CNAME or PTR.</summary>
    public static AnswerRecord Named(RecordType type, byte[] target, TimeSpan ttl) => new(type, ttl, target);

    /// <summary>NS, CNAME or PTR that leads somewhere.</summary>
    public static AnswerRecord Named(RecordType type, byte[] target, TimeSpan ttl, AnswerRecord[] led, byte[]? outside = null) =>
        new(type, ttl, target) { Led = led, Outside = outside };

    /// <summary>Text of any length, cut into strings of at most 255 bytes (RFC 1035 3.3.14) and after 4 KiB altogether.</summary>
    public static AnswerRecord Text(string text, TimeSpan ttl)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        bytes = bytes.Length > 4096 ? bytes[..4096] : bytes;
        using var data = new MemoryStream();
        for (var at = 0; at == 0 || at < bytes.Length; at += byte.MaxValue)
        {
            var length = Math.Min(byte.MaxValue, bytes.Length - at);
            data.WriteByte((byte)length);
            data.Write(bytes, at, length);
        }

        return new(RecordType.Txt, ttl, data.ToArray());
    }

    /// <summary>A record as an upstream server sent it, with its names written out.</summary>
    public static AnswerRecord Foreign(RecordType type, byte[] owner, ReadOnlySpan<byte> data, uint ttl) =>
        new(type, TimeSpan.FromSeconds(ttl), data) { Owner = owner };

    public AnswerRecord LeadingTo(AnswerRecord[] led) => new(this) { Owner = Owner, Led = led };

    public AnswerRecord OwnedBy(byte[] owner) => new(this) { Owner = owner };

    public static uint Seconds(TimeSpan ttl) => (uint)Math.Clamp(ttl.TotalSeconds, 0, int.MaxValue);
}
