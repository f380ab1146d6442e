using System.Net;
using Konsul.Mesh.Dns.Naming;
using Konsul.Mesh.Dns.Wire;
using Konsul.Mesh.Model.Catalog;

namespace Konsul.Mesh.Dns.Answers;

/// <summary>The records that instances and their addresses make.</summary>
/// <param name="nodeTtl">Of the addresses that SRV targets have.</param>
/// <param name="follow">What a name leads to within the zones; null when it leads out.</param>
internal sealed class EndpointRecords(TimeSpan nodeTtl, Func<Lookup, byte[], AnswerRecord[]?> follow)
{
    public Answer Answer(Lookup lookup, IReadOnlyList<DnsEndpoint> endpoints, TimeSpan ttl, bool keepOrder)
    {
        var records = lookup.Type switch
        {
            RecordType.Srv => Srv(lookup, endpoints, ttl),
            RecordType.A or RecordType.Aaaa or RecordType.Any or RecordType.Cname => Hosts(lookup, endpoints, ttl),
            _ => [],
        };
        return new Answer
        {
            Zone = lookup.Zone,
            Records = records,
            Balanced = !keepOrder,
            Ordered = keepOrder,
            Even = records.All(r => r.Weight == records[0].Weight),
            Single = records is [{ Type: RecordType.Cname }, ..],
        };
    }

    /// <summary>The record of an address, or of the name that stands in its place.</summary>
    public AnswerRecord[] OfAddress(Lookup lookup, string address, TimeSpan ttl, int weight = 1)
    {
        if (Addresses.Parse(address) is { } ip)
            return lookup.WantsAddress && lookup.Takes(ip) ? [AnswerRecord.Address(ip, ttl, null, weight)] : [];
        if ((!lookup.WantsAddress && lookup.Type != RecordType.Cname) || DomainName.FromText(address) is not { } target)
            return [];
        var lower = new byte[target.Length];
        DomainName.CopyLower(target, lower);
        if (lookup.Type == RecordType.Cname)
            return [AnswerRecord.Named(RecordType.Cname, target, ttl)];
        var led = follow(lookup, lower);
        return [AnswerRecord.Named(RecordType.Cname, target, ttl, led ?? [], led is null ? lower : null)];
    }

    /// <summary>The name of a node in the zone; null when its own is none for DNS.</summary>
    public byte[]? NodeName(Lookup lookup, Node node) => DomainName.FromText($"{node.Name}.node.{lookup.Datacenter}.{lookup.Zone.Text}");

    /// <summary>Addresses, each once with the weights of all instances there; names only where there is no address.</summary>
    private AnswerRecord[] Hosts(Lookup lookup, IReadOnlyList<DnsEndpoint> endpoints, TimeSpan ttl)
    {
        var weights = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        var order = new List<string>();
        foreach (var endpoint in endpoints)
        {
            var address = Addresses.Of(endpoint, lookup.Type);
            if (!weights.TryGetValue(address, out var weight))
                order.Add(address);
            weights[address] = Math.Min(weight + endpoint.Weight, ushort.MaxValue);
        }

        var records = order.SelectMany(a => OfAddress(lookup, a, ttl, weights[a])).ToList();
        return [.. records.Any(r => r.Type != RecordType.Cname) ? records.Where(r => r.Type != RecordType.Cname) : records];
    }

    private AnswerRecord[] Srv(Lookup lookup, IReadOnlyList<DnsEndpoint> endpoints, TimeSpan ttl)
    {
        var seen = new HashSet<(string Node, string Address, int Port)>();
        var targets = new Dictionary<(string Node, string Address), (byte[] Name, AnswerRecord[] Led)?>();
        var records = new List<AnswerRecord>();
        foreach (var endpoint in endpoints)
        {
            var (node, service) = (endpoint.Node, endpoint.Service);
            if (!seen.Add((node.Name, service.Address, service.Port)))
                continue;
            var key = (node.Name, service.Address);
            if (!targets.TryGetValue(key, out var target))
                targets[key] = target = Target(lookup, endpoint);
            if (target is { } known)
                records.Add(AnswerRecord.Srv(endpoint.Weight, service.Port, known.Name, ttl, known.Led));
        }

        return [.. records];
    }

    private (byte[] Name, AnswerRecord[] Led)? Target(Lookup lookup, DnsEndpoint endpoint)
    {
        var (node, text) = (endpoint.Node, endpoint.Service.Address);
        if (text.Length == 0 && Addresses.Parse(node.Address) is { } own)
            return NodeName(lookup, node) is { } name ? (name, OfNode(node, name)) : ByAddress(lookup, own);
        text = text.Length == 0 ? node.Address : text;
        if (Addresses.Parse(text) is { } address)
            return ByAddress(lookup, address);
        return DomainName.FromText(text) is { } outside ? (outside, []) : null;
    }

    private (byte[] Name, AnswerRecord[] Led) ByAddress(Lookup lookup, IPAddress address)
    {
        var name = DomainName.FromText($"{AddressName.ToHex(address)}.addr.{lookup.Datacenter}.{lookup.Zone.Text}")!;
        return (name, [AnswerRecord.Address(address, nodeTtl, name)]);
    }

    private AnswerRecord[] OfNode(Node node, byte[] name) =>
    [
        .. new[] { node.Address, Addresses.Of(node, RecordType.A), Addresses.Of(node, RecordType.Aaaa) }
            .Select(Addresses.Parse).OfType<IPAddress>().Distinct().Select(a => AnswerRecord.Address(a, nodeTtl, name)),
    ];
}
