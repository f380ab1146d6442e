using System.Net;
using Konsul.Mesh.Dns.Wire;
using Konsul.Mesh.Model.Catalog;

namespace Konsul.Mesh.Dns.Answers;

/// <summary>Which of its addresses a node or an instance answers with.</summary>
internal static class Addresses
{
    private const string V4Tag = "lan_ipv4";
    private const string V6Tag = "lan_ipv6";

    /// <summary>An address in full: "10" is none, though <see cref="IPAddress"/> reads it as one.</summary>
    public static IPAddress? Parse(string text) =>
        (text.Contains(':', StringComparison.Ordinal) || text.AsSpan().Count('.') == 3) && IPAddress.TryParse(text, out var address) ? address : null;

    /// <summary>The tagged address of the family that is asked for, else the node's own: an address or a name.</summary>
    public static string Of(Node node, RecordType type) =>
        TagOf(type) is { } tag && node.TaggedAddresses.TryGetValue(tag, out var tagged) && tagged.Length > 0 ? tagged : node.Address;

    /// <summary>The same for an instance; its node's when it has none.</summary>
    public static string Of(DnsEndpoint endpoint, RecordType type)
    {
        var (service, tag) = (endpoint.Service, TagOf(type));
        if (tag is not null && service.TaggedAddresses.TryGetValue(tag, out var tagged) && tagged.Address.Length > 0)
            return tagged.Address;
        return service.Address.Length > 0 ? service.Address : Of(endpoint.Node, type);
    }

    private static string? TagOf(RecordType type) => type switch
    {
        RecordType.A => V4Tag,
        RecordType.Aaaa => V6Tag,
        _ => null,
    };
}
