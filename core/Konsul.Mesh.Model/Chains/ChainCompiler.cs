using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Konsul.Mesh.Model.ConfigEntries;
using Konsul.Mesh.Model.ConfigEntries.Parts;

namespace Konsul.Mesh.Model.Chains;

/// <summary>
/// Entries to a chain. Pure and total: ends for any entries, with a chain or with a sentence.
/// <list type="number">
/// <item>the router of the service, if any; each of its routes leads to a splitter or a resolver</item>
/// <item>the splitter, if any; splitters behind it are multiplied into it</item>
/// <item>resolvers: redirects and default subsets are followed to the target, then its failovers are looked up, one level deep</item>
/// <item>the protocols of all services met must be one, and http-like as soon as there is a router or a splitter</item>
/// <item>nodes that nothing leads to are dropped; targets stay, since failovers name them</item>
/// </list>
/// </summary>
public sealed partial class ChainCompiler
{
    /// <summary>More shares than that are a mistake: nested splitters multiply.</summary>
    private const int MaxSplits = 1000;

    /// <summary>Of splitters behind splitters.</summary>
    private const int MaxDepth = 64;

    private readonly IConfigEntrySet _entries;
    private readonly ChainRequest _request;
    private readonly Dictionary<string, ChainNode> _nodes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ChainTarget> _targets = new(StringComparer.Ordinal);
    private readonly List<string> _splitting = [];
    private string _protocol = "";
    private bool _advanced;
    private bool _plain;

    private ChainCompiler(IConfigEntrySet entries, ChainRequest request) => (_entries, _request) = (entries, request);

    /// <exception cref="ChainException">The entries contradict each other.</exception>
    public static DiscoveryChain Compile(IConfigEntrySet entries, ChainRequest request) => new ChainCompiler(entries, request).Compile();

    private DiscoveryChain Compile()
    {
        var service = _request.Service;

        // A caller that speaks bytes has no use for routes.
        _plain = _request.OverrideProtocol.Length > 0 && !ConfigEntrySets.IsHttpLike(_request.OverrideProtocol);
        Meet(service);
        var start = !_plain && _entries.Router(service) is { } router ? Route(router) : SplitOrResolve(TargetOf(service));
        if (_advanced && !ConfigEntrySets.IsHttpLike(_protocol))
        {
            throw new ChainException(
                $"discovery chain \"{service}\" uses a protocol \"{_protocol}\" that does not permit advanced routing or splitting behavior");
        }

        DropUnused(start);
        var overridden = _request.OverrideProtocol.Length > 0 && _request.OverrideProtocol != _protocol;
        return new DiscoveryChain
        {
            ServiceName = service,
            Datacenter = _request.Datacenter,
            CustomizationHash = Customization(overridden),
            IsDefault = _nodes.Count == 1 && start is ResolverNode { IsDefault: true } only && _targets[only.Target] is { ServiceSubset: "" } target
                && target.Service == service,
            Protocol = overridden ? _request.OverrideProtocol : _protocol,
            StartNode = start.Key,
            Nodes = _nodes.ToImmutableSortedDictionary(StringComparer.Ordinal),
            Targets = _targets.ToImmutableSortedDictionary(StringComparer.Ordinal),
        };
    }

    private RouterNode Route(ServiceRouter router)
    {
        _advanced = true;
        var routes = ImmutableArray.CreateBuilder<ChainRoute>(router.Routes.Length + 1);
        foreach (var route in router.Routes)
        {
            if (route.Redirect is not null || route.Response is not null)
            {
                routes.Add(new ChainRoute(route, ""));
                continue;
            }

            var service = OwnOr(router.Name, route.Destination?.Service);
            var mirror = route.Mirror is { } copy ? Next(copy.Service, copy.ServiceSubset).Key : "";
            routes.Add(new ChainRoute(route, Next(service, route.Destination?.ServiceSubset ?? "").Key, mirror));
        }

        var rest = new ServiceRoute
        {
            Match = new ServiceRouteMatch { Http = new ServiceRouteHttpMatch { PathPrefix = "/" } },
            Destination = new ServiceRouteDestination { Service = router.Name },
        };
        routes.Add(new ChainRoute(rest, Next(router.Name, "").Key));
        return Add(new RouterNode(ServiceId(router.Name), routes.DrainToImmutable()));
    }

    private ChainNode Next(string service, string subset) => subset.Length > 0
        ? Resolve(TargetOf(service) with { ServiceSubset = subset })
        : SplitOrResolve(TargetOf(service));

    private ChainNode SplitOrResolve(ChainTarget target)
    {
        Meet(target.Service);
        if (_plain || _entries.Splitter(target.Service) is not { } splitter)
        {
            return Resolve(target);
        }

        var key = $"splitter:{ServiceId(splitter.Name)}";
        return _nodes.TryGetValue(key, out var known) ? known : Split(splitter);
    }

    private SplitterNode Split(ServiceSplitter splitter)
    {
        _advanced = true;
        if (_splitting.Contains(splitter.Name))
        {
            throw new ChainException($"detected circular reference: [{string.Join(", ", _splitting.Append(splitter.Name))}]");
        }

        if (_splitting.Count == MaxDepth)
        {
            throw new ChainException($"more than {MaxDepth} splitters lead from \"{_splitting[0]}\" to one another");
        }

        _splitting.Add(splitter.Name);
        var splits = ImmutableArray.CreateBuilder<ChainSplit>(splitter.Splits.Length);
        foreach (var split in splitter.Splits)
        {
            var service = OwnOr(splitter.Name, split.Service);
            var next = service == splitter.Name ? Resolve(TargetOf(service) with { ServiceSubset = split.ServiceSubset }) : Next(service, split.ServiceSubset);
            if (next is SplitterNode inner)
            {
                splits.AddRange(inner.Splits.Select(s => new ChainSplit(Merge(split, s.Definition), split.Weight * s.Weight / 100, s.NextNode)));
            }
            else
            {
                splits.Add(new ChainSplit(split, split.Weight, next.Key));
            }

            if (splits.Count > MaxSplits)
            {
                throw new ChainException($"the splits of \"{splitter.Name}\" and of the splitters behind it are more than {MaxSplits}");
            }
        }

        _splitting.RemoveAt(_splitting.Count - 1);
        return Add(new SplitterNode(ServiceId(splitter.Name), splits.DrainToImmutable()));
    }

    /// <summary>The inner split with the outer one's header edits: where both edit a header, the inner one, which is nearer, wins.</summary>
    private static ServiceSplit Merge(ServiceSplit outer, ServiceSplit inner) => inner with
    {
        RequestHeaders = Merge(outer.RequestHeaders, inner.RequestHeaders),
        ResponseHeaders = Merge(outer.ResponseHeaders, inner.ResponseHeaders),
    };

    private static HeaderModifiers? Merge(HeaderModifiers? outer, HeaderModifiers? inner) => outer is null ? inner : inner is null ? outer : new HeaderModifiers
    {
        Add = outer.Add.SetItems(inner.Add),
        Set = outer.Set.SetItems(inner.Set),
        Remove = [.. outer.Remove.Union(inner.Remove)],
    };

    private void DropUnused(ChainNode start)
    {
        var used = new HashSet<string>(StringComparer.Ordinal);
        var open = new Stack<string>([start.Key]);
        while (open.TryPop(out var key))
        {
            if (key.Length == 0 || !used.Add(key))
            {
                continue;
            }

            foreach (var next in _nodes[key] switch
            {
                RouterNode router => router.Routes.SelectMany(r => new[] { r.NextNode, r.MirrorNode }),
                SplitterNode splitter => splitter.Splits.Select(s => s.NextNode),
                _ => [],
            })
            {
                open.Push(next);
            }
        }

        foreach (var key in _nodes.Keys.Where(k => !used.Contains(k)).ToList())
        {
            _nodes.Remove(key);
        }

        var named = _nodes.Values.OfType<ResolverNode>().SelectMany(r => r.FailoverTargets.Append(r.Target)).ToHashSet(StringComparer.Ordinal);
        foreach (var id in _targets.Keys.Where(id => !named.Contains(id)).ToList())
        {
            _targets.Remove(id);
        }
    }

    /// <summary>Notes the protocol of a service that the chain touches.</summary>
    private void Meet(string service)
    {
        var protocol = _entries.ProtocolOf(service);
        if (_protocol.Length == 0)
        {
            _protocol = protocol;
        }
        else if (_protocol != protocol)
        {
            throw new ChainException(
                $"discovery chain \"{_request.Service}\" uses inconsistent protocols; service \"{service}\" has \"{protocol}\" which is not \"{_protocol}\"");
        }
    }

    private string Customization(bool protocol)
    {
        var text = $"{(protocol ? _request.OverrideProtocol : "")}|{_request.OverrideConnectTimeout.Ticks}|{_request.OverrideMeshGateway}";
        return text == "|0|" ? "" : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 4));
    }

    private T Add<T>(T node)
        where T : ChainNode
    {
        _nodes[node.Key] = node;
        return node;
    }

    private ChainTarget TargetOf(string service) => new() { Service = service, Datacenter = _request.Datacenter };

    private static string OwnOr(string own, string? given) => string.IsNullOrEmpty(given) ? own : given;

    private static string ServiceId(string service) => $"{service}.{Names.DefaultNamespace}.default";
}
