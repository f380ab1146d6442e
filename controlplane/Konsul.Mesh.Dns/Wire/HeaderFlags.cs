namespace Konsul.Mesh.Dns.Wire;

/// <summary>The bits of a header's second word (RFC 1035 4.1.1, RFC 4035 3.1.6).</summary>
internal static class HeaderFlags
{
    public const int HeaderLength = 12;
    public const ushort Response = 0x8000;
    public const ushort OpcodeMask = 0x7800;
    public const ushort Authoritative = 0x0400;
    public const ushort Truncated = 0x0200;
    public const ushort RecursionDesired = 0x0100;
    public const ushort RecursionAvailable = 0x0080;
    public const ushort CheckingDisabled = 0x0010;
    public const ushort CodeMask = 0x000F;

    /// <summary>What an answer repeats of its query.</summary>
    public const ushort Repeated = OpcodeMask | RecursionDesired | CheckingDisabled;

    public const ushort Internet = 1;
}
