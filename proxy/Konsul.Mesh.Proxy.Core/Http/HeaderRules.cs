using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Konsul.Mesh.Proxy.Core.Http;

/// <summary>Which headers do not pass a proxy. Fixed hop-by-hop names are the forwarder's business; these are the others.</summary>
internal static class HeaderRules
{
    /// <summary>Names the peer to the app. Whoever sends it from outside lies.</summary>
    public const string ForwardedClientCertificate = "x-forwarded-client-cert";

    public static void BeforeRequestCopy(IHeaderDictionary headers)
    {
        headers.Remove(ForwardedClientCertificate);
        var connection = headers.Connection;
        if (connection.Count > 0)
        {
            RemoveNamedByConnection(headers, connection);
        }
    }

    /// <summary>RFC 9110 section 7.6.1: what Connection names belongs to this hop. Upgrade is carried on by whoever handles upgrades.</summary>
    private static void RemoveNamedByConnection(IHeaderDictionary headers, StringValues connection)
    {
        foreach (var value in connection)
        {
            foreach (var range in value.AsSpan().Split(','))
            {
                var name = value.AsSpan(range).Trim();
                if (name.IsEmpty || Is(name, "keep-alive") || Is(name, "close") || Is(name, "upgrade") || Is(name, "te") || Is(name, "connection")
                    || Is(name, "host") || Is(name, "content-length") || Is(name, "transfer-encoding"))
                {
                    continue;
                }

                headers.Remove(name.ToString());
            }
        }
    }

    private static bool Is(ReadOnlySpan<char> name, string other) => name.Equals(other, StringComparison.OrdinalIgnoreCase);
}
