using System.Globalization;

namespace Konsul.Mesh.Raft.Host.Peers;

/// <summary>The SPIFFE id of a server towards other servers: <c>spiffe://&lt;trust domain&gt;/server/&lt;node id, 16 hexadecimal digits, lower case&gt;</c>.</summary>
public static class ServerName
{
    private const string Prefix = "/server/";
    private const int Digits = 16;

    /// <summary>The path of a node's id.</summary>
    public static string PathOf(ulong nodeId) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{nodeId:x16}");

    /// <summary>Reads the path of a SPIFFE id; only the one spelling that <see cref="PathOf"/> has is accepted.</summary>
    public static bool TryReadPath(string path, out ulong nodeId)
    {
        nodeId = 0;
        return path.StartsWith(Prefix, StringComparison.Ordinal)
            && path.Length == Prefix.Length + Digits
            && ulong.TryParse(path.AsSpan(Prefix.Length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out nodeId)
            && nodeId != 0
            && path == PathOf(nodeId);
    }
}
