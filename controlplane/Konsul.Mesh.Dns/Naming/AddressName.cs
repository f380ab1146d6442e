using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Konsul.Mesh.Dns.Wire;

namespace Konsul.Mesh.Dns.Naming;

/// <summary>Addresses within names: <c>0a000001.addr</c>, <c>1.0.0.10.in-addr.arpa</c>, nibbles below <c>ip6.arpa</c> (RFC 3596 2.5).</summary>
internal static class AddressName
{
    private static readonly byte[] V4Zone = DomainName.FromText("in-addr.arpa")!;
    private static readonly byte[] V6Zone = DomainName.FromText("ip6.arpa")!;

    /// <summary>Eight hexadecimal digits, or 32.</summary>
    public static string ToHex(IPAddress address) => Convert.ToHexStringLower(address.GetAddressBytes());

    public static IPAddress? FromHex(string text)
    {
        Span<byte> bytes = stackalloc byte[16];
        return text.Length is 8 or 32 && Convert.FromHexString(text, bytes, out _, out var length) == System.Buffers.OperationStatus.Done
            ? new IPAddress(bytes[..length])
            : null;
    }

    public static bool IsReverse(ReadOnlySpan<byte> name) => DomainName.IsWithin(name, V4Zone) || DomainName.IsWithin(name, V6Zone);

    /// <summary>The address that a reverse name stands for; null for one that is too short, too long or no address.</summary>
    public static IPAddress? FromReverse(ReadOnlySpan<byte> name)
    {
        var labels = DomainName.Labels(name);
        return labels switch
        {
            [.. { Length: 4 } octets, "in-addr", "arpa"] => FromOctets(octets),
            [.. { Length: 32 } nibbles, "ip6", "arpa"] => FromNibbles(nibbles),
            _ => null,
        };
    }

    private static IPAddress? FromOctets(ReadOnlySpan<string> octets)
    {
        Span<byte> bytes = stackalloc byte[4];
        for (var i = 0; i < bytes.Length; i++)
        {
            if (!byte.TryParse(octets[3 - i], NumberStyles.None, CultureInfo.InvariantCulture, out bytes[i]))
                return null;
        }

        return new IPAddress(bytes);
    }

    private static IPAddress? FromNibbles(ReadOnlySpan<string> nibbles)
    {
        Span<char> digits = stackalloc char[32];
        for (var i = 0; i < digits.Length; i++)
        {
            if (nibbles[31 - i] is not [var digit])
                return null;
            digits[i] = digit;
        }

        var address = FromHex(new string(digits));
        return address?.AddressFamily == AddressFamily.InterNetworkV6 ? address : null;
    }
}
