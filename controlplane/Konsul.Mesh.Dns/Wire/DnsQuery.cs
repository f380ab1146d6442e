namespace Konsul.Mesh.Dns.Wire;

/// <summary>A question as it came; its spans are those of the packet and of the reader's buffer.</summary>
internal readonly ref struct DnsQuery
{
    public ushort Id { get; init; }

    /// <summary>The second word of the header.</summary>
    public ushort Flags { get; init; }

    /// <summary>Name, type and class as they came, letters' case included; empty when the question could not be read.</summary>
    public ReadOnlySpan<byte> Question { get; init; }

    /// <summary>The name in wire form, in lower case.</summary>
    public ReadOnlySpan<byte> Name { get; init; }

    public RecordType Type { get; init; }

    public ushort Class { get; init; }

    /// <summary>Whether the client sent an OPT record (RFC 6891).</summary>
    public bool HasEdns { get; init; }

    public byte EdnsVersion { get; init; }

    /// <summary>What the client says it can take over UDP, bytes; 0 without EDNS.</summary>
    public int UdpSize { get; init; }

    /// <summary>The DO bit, which an answer repeats (RFC 4035 3.2.1).</summary>
    public bool DnssecOk { get; init; }

    public bool RecursionDesired => (Flags & HeaderFlags.RecursionDesired) != 0;
}
