using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace Konsul.Mesh.Hosting.Options;

/// <summary>An address to listen on or to dial.</summary>
/// <param name="Host">A name or an IP literal without brackets; empty: any address.</param>
/// <param name="Port">0 asks for a free one.</param>
public readonly record struct HostPort(string Host, int Port)
{
    public static bool TryParse([NotNullWhen(true)] string? text, out HostPort value)
    {
        value = default;
        var colon = text?.LastIndexOf(':') ?? -1;
        if (colon < 0 || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port > 65535)
        {
            return false;
        }

        var host = text![..colon];
        if (host.StartsWith('[') && host.EndsWith(']'))
        {
            host = host[1..^1];
            if (!host.Contains(':', StringComparison.Ordinal) || !IPAddress.TryParse(host, out _))
            {
                return false;
            }
        }
        else if (host.Length > 0 && Uri.CheckHostName(host) is not (UriHostNameType.Dns or UriHostNameType.IPv4))
        {
            return false;
        }

        value = new HostPort(host, port);
        return true;
    }

    /// <summary>Whether <see cref="ToEndPoint"/> works.</summary>
    public bool IsListenable => Host is "" or "localhost" || IPAddress.TryParse(Host, out _);

    /// <summary>For listening: an IP literal, <c>localhost</c> or any.</summary>
    /// <exception cref="FormatException">The host is a name; a listener needs an address.</exception>
    public IPEndPoint ToEndPoint() => Host switch
    {
        "" => new IPEndPoint(IPAddress.Any, Port),
        "localhost" => new IPEndPoint(IPAddress.Loopback, Port),
        _ when IPAddress.TryParse(Host, out var address) => new IPEndPoint(address, Port),
        _ => throw new FormatException($"\"{this}\" is not an IP address and port to listen on."),
    };

    public override string ToString() => Host is not null && Host.Contains(':', StringComparison.Ordinal)
        ? string.Create(CultureInfo.InvariantCulture, $"[{Host}]:{Port}")
        : string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port}");
}
