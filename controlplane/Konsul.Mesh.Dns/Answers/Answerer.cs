using System.Net;
using Konsul.Mesh.Dns.Naming;
using Konsul.Mesh.Dns.Wire;
using Konsul.Mesh.Model;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.State;

namespace Konsul.Mesh.Dns.Answers;

/// <summary>What the state says about a name. Pure but for tables that it keeps of the last state; any number of threads may ask.</summary>
internal sealed class Answerer
{
    private readonly DnsOptions _options;
    private readonly IDnsSources _sources;
    private readonly DnsZone[] _zones;
    private readonly ServiceTtls _ttls;
    private readonly CatalogNames _names = new();
    private readonly EndpointRecords _endpoints;

    public Answerer(DnsOptions options, IDnsSources sources)
    {
        (_options, _sources) = (options, sources);
        _zones = [.. options.Zones.Select(z => new DnsZone(z))];
        _ttls = new ServiceTtls(options.ServiceTtl);
        _endpoints = new EndpointRecords(options.NodeTtl, Follow);
    }

    /// <param name="view">The state to answer from.</param>
    /// <param name="name">In wire form, in lower case.</param>
    /// <param name="type">Of the question.</param>
    /// <returns>Null when others have to answer.</returns>
    public PreparedAnswer? Answer(StateView view, ReadOnlySpan<byte> name, RecordType type) => Answer(view, name, type, 0);

    private PreparedAnswer? Answer(StateView view, ReadOnlySpan<byte> name, RecordType type, int depth)
    {
        if (DnsZone.Of(name, _zones) is not { } zone)
            return AddressName.IsReverse(name) ? Reverse(view, name, type) : null;
        if (_options.RefuseZones)
            return new PreparedAnswer(Answers.Answer.Refused, Stamp.Fixed);
        var labels = DomainName.Labels(name);
        if (labels is null)
            return new PreparedAnswer(Answers.Answer.NoName(zone), Stamp.Fixed);
        var parsed = NameParser.Parse(labels.AsSpan(0, labels.Length - zone.Text.AsSpan().Count('.') - 1), type);
        var lookup = new Lookup(view, type, zone, _options.Datacenter) { Depth = depth };
        return IsHere(parsed) ? Dispatch(lookup, parsed) : new PreparedAnswer(Answers.Answer.NoName(zone), Stamp.Fixed);
    }

    /// <summary>Whether the place that a name speaks of is this one. There are no peers, partitions or other namespaces in the catalog.</summary>
    private bool IsHere(in ParsedName name) =>
        IsOr(name.Datacenter, _options.Datacenter) && IsOr(name.Namespace, Names.DefaultNamespace) && IsOr(name.Partition, Names.DefaultNamespace)
        && string.IsNullOrEmpty(name.Peer);

    private static bool IsOr(string? given, string own) => string.IsNullOrEmpty(given) || given.Equals(own, StringComparison.OrdinalIgnoreCase);

    private PreparedAnswer Dispatch(Lookup lookup, in ParsedName name) => name.Kind switch
    {
        NameKind.Apex => Apex(lookup),
        NameKind.NameServer => new(OfAddresses(lookup, Servers(lookup).Select(n => Addresses.Parse(Addresses.Of(n, lookup.Type)))), Everything(lookup)),
        NameKind.Branch => new(Answers.Answer.NoData(lookup.Zone), Stamp.Fixed),
        NameKind.Service => Service(lookup, name),
        NameKind.Connect => Connect(lookup, name.Name),
        NameKind.Ingress => Ingress(lookup, name.Name),
        NameKind.Virtual => Virtual(lookup, name.Name),
        NameKind.Node => Node(lookup, name.Name),
        NameKind.Query => Query(lookup, name.Name),
        NameKind.Address => new(OfAddresses(lookup, [AddressName.FromHex(name.Name)]), Stamp.Fixed),
        _ => new(Answers.Answer.NoName(lookup.Zone), Stamp.Fixed),
    };

    private PreparedAnswer Service(Lookup lookup, in ParsedName name)
    {
        if (_names.Service(lookup.View, name.Name) is not { } service)
            return new(Answers.Answer.NoName(lookup.Zone), Stamp.Of(lookup.View, StampKind.Catalog));
        var (catalog, tag) = (lookup.View.Catalog, name.Tag);
        var instances = catalog.Instances(service);
        if (tag.Length > 0)
            instances = instances.Where(i => i.Tags.Any(t => t.Equals(tag, StringComparison.OrdinalIgnoreCase)));
        return OfInstances(lookup, instances, _ttls.Of(service), Stamp.Of(lookup.View, StampKind.Service, service));
    }

    private PreparedAnswer Connect(Lookup lookup, string name)
    {
        var service = _names.Service(lookup.View, name) ?? name;
        var instances = lookup.View.Catalog.ConnectInstances(service).ToList();
        var stamp = Stamp.Of(lookup.View, instances.Count > 0 ? StampKind.Connect : StampKind.Catalog, service);
        return OfInstances(lookup, instances, _ttls.Of(service), stamp);
    }

    private PreparedAnswer Ingress(Lookup lookup, string name)
    {
        var service = _names.Service(lookup.View, name) ?? name;
        return OfInstances(lookup, _sources.IngressGateways(lookup.View, service), _ttls.Of(service), Everything(lookup));
    }

    private PreparedAnswer Virtual(Lookup lookup, string name)
    {
        var service = _names.Service(lookup.View, name) ?? name;
        return new(OfAddresses(lookup, [_sources.VirtualAddress(lookup.View, service)]), Everything(lookup));
    }

    private PreparedAnswer Query(Lookup lookup, string name)
    {
        if (_sources.Query(lookup.View, name) is not { Endpoints.IsEmpty: false } result)
            return new(Answers.Answer.NoName(lookup.Zone), Everything(lookup));
        var ttl = result.Ttl ?? _ttls.Of(result.Endpoints[0].Service.Name);
        var there = lookup with { Datacenter = result.Datacenter };
        return new(_endpoints.Answer(there, result.Endpoints, ttl, result.KeepOrder), Everything(lookup));
    }

    private PreparedAnswer OfInstances(Lookup lookup, IEnumerable<ServiceInstance> instances, TimeSpan ttl, Stamp stamp)
    {
        var (endpoints, catalog) = (new List<DnsEndpoint>(), lookup.View.Catalog);
        foreach (var instance in instances)
        {
            var status = catalog.StatusOf(instance.Node, instance.Id);
            if (status == CheckStatus.Critical || (_options.OnlyPassing && status != CheckStatus.Passing) || catalog.Node(instance.Node) is not { } node)
                continue;
            var weight = status == CheckStatus.Passing ? instance.PassingWeight : instance.WarningWeight;
            endpoints.Add(new DnsEndpoint(node, instance, Math.Clamp(weight, 0, ushort.MaxValue)));
        }

        // A service that nobody can serve is not there.
        if (endpoints.Count == 0)
            return new(Answers.Answer.NoName(lookup.Zone), stamp);
        var answer = _endpoints.Answer(lookup, endpoints, ttl, keepOrder: false);

        // What a name of ours leads to changes on its own.
        return new(answer, answer.Records.Any(r => r.Type == RecordType.Cname && r.Led.Length > 0) ? Everything(lookup) : stamp);
    }

    private PreparedAnswer Node(Lookup lookup, string name)
    {
        if (_names.Node(lookup.View, name) is not { } found || lookup.View.Catalog.Node(found) is not { } node)
            return new(Answers.Answer.NoName(lookup.Zone), Stamp.Of(lookup.View, StampKind.Catalog));
        var records = _endpoints.OfAddress(lookup, Addresses.Of(node, lookup.Type), _options.NodeTtl);
        var texts = lookup.Type is RecordType.Txt or RecordType.Any || (_options.NodeMetaTxt && lookup.WantsAddress) ? Texts(node) : [];
        var within = lookup.Type is RecordType.Txt or RecordType.Any;
        var answer = new Answer
        {
            Zone = lookup.Zone,
            Records = within ? [.. records, .. texts] : records,
            Additional = within ? [] : texts,
        };
        var chased = records.Any(r => r.Type == RecordType.Cname);
        return new(answer, chased ? Everything(lookup) : Stamp.Of(lookup.View, StampKind.Node, found));
    }

    private AnswerRecord[] Texts(Node node) =>
    [
        .. node.Meta.Select(m => AnswerRecord.Text(
            m.Key.StartsWith("rfc1035-", StringComparison.OrdinalIgnoreCase) ? m.Value : $"{m.Key}={m.Value}", _options.NodeTtl)),
    ];

    private Answer OfAddresses(Lookup lookup, IEnumerable<IPAddress?> addresses)
    {
        var known = addresses.OfType<IPAddress>().ToList();
        if (known.Count == 0)
            return Answers.Answer.NoName(lookup.Zone);
        return new Answer
        {
            Zone = lookup.Zone,
            Records = lookup.WantsAddress ? [.. known.Where(lookup.Takes).Select(a => AnswerRecord.Address(a, _options.NodeTtl))] : [],
        };
    }

    private PreparedAnswer Apex(Lookup lookup)
    {
        if (lookup.Type is not (RecordType.Ns or RecordType.Soa or RecordType.Any))
            return new(Answers.Answer.NoData(lookup.Zone), Stamp.Fixed);
        AnswerRecord[] servers =
        [
            .. from node in Servers(lookup)
               let target = _endpoints.NodeName(lookup, node)
               where target is not null
               let led = Addresses.Parse(node.Address) is { } address ? AnswerRecord.Address(address, _options.NodeTtl, target) : null
               select AnswerRecord.Named(RecordType.Ns, target, _options.NodeTtl, led is null ? [] : [led]),
        ];
        var asked = lookup.Type != RecordType.Soa;
        var answer = new Answer
        {
            Zone = lookup.Zone,
            IsSoa = lookup.Type != RecordType.Ns,
            Records = asked ? servers : [],
            Authority = asked ? [] : servers,
        };
        return new(answer, Everything(lookup));
    }

    private IEnumerable<Node> Servers(Lookup lookup)
    {
        var (catalog, cluster) = (lookup.View.Catalog, lookup.View.Cluster);
        var names = cluster.Servers.Select(s => s.Name).DefaultIfEmpty(_options.NodeName);
        return names.Select(catalog.Node).OfType<Node>();
    }

    /// <summary>Reverse names are nobody's: those that no node or instance has are asked for elsewhere, where there is a recursor.</summary>
    private PreparedAnswer? Reverse(StateView view, ReadOnlySpan<byte> name, RecordType type)
    {
        var address = AddressName.FromReverse(name);
        var targets = address is null || _options.RefuseZones ? [] : Targets(view, address);
        if (targets.Length == 0 && !_options.Recursors.IsEmpty)
            return null;
        if (_options.RefuseZones)
            return new(Answers.Answer.Refused, Stamp.Fixed);
        if (targets.Length == 0)
        {
            // Part of an address may have names below it.
            return address is null
                ? new(Answers.Answer.NoData(_zones[0]), Stamp.Fixed)
                : new(Answers.Answer.NoName(_zones[0]), Stamp.Of(view, StampKind.Catalog));
        }

        var asked = type is RecordType.Ptr or RecordType.Any;
        return new(new Answer { Zone = _zones[0], Records = asked ? targets : [] }, Stamp.Of(view, StampKind.Catalog));
    }

    private AnswerRecord[] Targets(StateView view, IPAddress address)
    {
        var names = _names.NodesAt(view, address).Select(n => $"{n}.node.{_options.Datacenter}.{_zones[0].Text}").ToList();
        if (names.Count == 0)
            names = [.. _names.ServicesAt(view, address).Select(s => $"{s}.service.{_zones[0].Text}")];
        return [.. names.Select(DomainName.FromText).OfType<byte[]>().Select(n => AnswerRecord.Named(RecordType.Ptr, n, _options.NodeTtl))];
    }

    /// <summary>What a name that is somebody's address leads to within the zones; null when it leads out.</summary>
    private AnswerRecord[]? Follow(Lookup lookup, byte[] name)
    {
        if (DnsZone.Of(name, _zones) is null)
            return null;
        const int longest = 3;
        const int most = 8;
        if (lookup.Depth >= longest)
            return [];
        var type = lookup.Type == RecordType.Aaaa ? RecordType.Aaaa : RecordType.A;
        var answer = Answer(lookup.View, name, type, lookup.Depth + 1)?.Answer;
        return answer is null ? [] : [.. answer.Records.Take(answer.Single ? 1 : most).SelectMany(r => (IEnumerable<AnswerRecord>)[r.OwnedBy(name), .. r.Led])];
    }

    private static Stamp Everything(Lookup lookup) => Stamp.Of(lookup.View, StampKind.Everything);
}
