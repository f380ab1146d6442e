using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace Konsul.Mesh.Server.HealthChecks;

/// <summary>What a check connects to.</summary>
/// <param name="Host">A name or an IP without brackets.</param>
/// <param name="Port">0 to 65535.</param>
internal readonly record struct TargetAddress(string Host, int Port)
{
    /// <summary>Reads <c>host:port</c>; an IPv6 literal stands in brackets. The wildcard address is nobody's.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out TargetAddress address)
    {
        address = default;
        var colon = text?.LastIndexOf(':') ?? -1;
        if (colon <= 0 || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port > 65535)
            return false;
        var host = text![..colon].Trim('[', ']');
        if (Uri.CheckHostName(host) == UriHostNameType.Unknown || (IPAddress.TryParse(host, out var ip) && (ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any))))
            return false;
        address = new TargetAddress(host, port);
        return true;
    }

    public static TargetAddress Parse(string text) => TryParse(text, out var address) ? address : throw new FormatException($"\"{text}\" is not host:port");

    public override string ToString() => Host.Contains(':', StringComparison.Ordinal)
        ? string.Create(CultureInfo.InvariantCulture, $"[{Host}]:{Port}")
        : string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port}");
}
