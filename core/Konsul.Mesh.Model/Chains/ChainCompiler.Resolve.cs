using System.Collections.Immutable;
using Konsul.Mesh.Model.ConfigEntries;
using Konsul.Mesh.Model.ConfigEntries.Parts;
using Konsul.Mesh.Model.Identity;

namespace Konsul.Mesh.Model.Chains;

/// <content>From a service, and perhaps a subset, to the target that answers.</content>
public sealed partial class ChainCompiler
{
    private static readonly TimeSpan DefaultConnectTimeout = TimeSpan.FromSeconds(5);

    /// <param name="target">Before redirects and the default subset.</param>
    /// <param name="asFailover">Is itself tried for another one: its own failovers do not count.</param>
    private ResolverNode Resolve(ChainTarget target, bool asFailover = false)
    {
        var seen = new List<string>();
        while (true)
        {
            if (target.Peer.Length > 0)
            {
                // What a peer's service is made of is the peer's affair.
                return Add(new ResolverNode(Keep(target, null, null).Id) { IsDefault = true, ConnectTimeout = ConnectTimeout(null) });
            }

            Meet(target.Service);
            if (_nodes.TryGetValue($"resolver:{target.Id}", out var known) && known is ResolverNode done && (asFailover || done.FailoverTargets.Length > 0))
            {
                return done;
            }

            var resolver = _entries.Resolver(target.Service);
            if (resolver?.Redirect is { } redirect)
            {
                var next = Rewrite(target, redirect.Service, redirect.ServiceSubset, redirect.Datacenter, redirect.Peer);
                if (next.Id != target.Id)
                {
                    seen.Add(target.Id);
                    if (seen.Contains(next.Id))
                    {
                        throw new ChainException($"detected circular resolver redirect: [{string.Join(", ", seen.Append(next.Id))}]");
                    }

                    target = next;
                    continue;
                }
            }

            if (target.ServiceSubset.Length == 0 && resolver is { DefaultSubset.Length: > 0 })
            {
                target = target with { ServiceSubset = resolver.DefaultSubset };
                continue;
            }

            return Resolve(target, resolver, asFailover);
        }
    }

    private ResolverNode Resolve(ChainTarget target, ServiceResolver? resolver, bool asFailover)
    {
        ServiceSubset? subset = null;
        if (target.ServiceSubset.Length > 0 && resolver?.Subsets.TryGetValue(target.ServiceSubset, out subset) is not true)
        {
            throw new ChainException($"service \"{target.Service}\" does not have a subset named \"{target.ServiceSubset}\"");
        }

        RefuseExternal(target, resolver);
        target = Keep(target, resolver, subset);
        var failover = resolver?.Failover.GetValueOrDefault(target.ServiceSubset) ?? resolver?.Failover.GetValueOrDefault("*");
        var node = new ResolverNode(target.Id)
        {
            IsDefault = resolver is null,
            ConnectTimeout = ConnectTimeout(resolver),
            RequestTimeout = resolver?.RequestTimeout ?? TimeSpan.Zero,
            LoadBalancer = resolver?.LoadBalancer,
        };
        if (asFailover || failover is null)
        {
            return Add(node);
        }

        // Noted first: a failover may lead back here.
        Add(node);
        return Add(node with
        {
            FailoverTargets = Failovers(target, failover),
            FailoverPolicy = failover.Policy ?? _entries.ProxyDefaults()?.FailoverPolicy,
        });
    }

    private ImmutableArray<string> Failovers(ChainTarget target, ResolverFailover failover)
    {
        IEnumerable<ChainTarget> candidates =
            failover.Targets.Length > 0 ? failover.Targets.Select(t => Rewrite(target, t.Service, t.ServiceSubset, t.Datacenter, t.Peer))
            : failover.Datacenters.Length > 0
                ? failover.Datacenters.Select(dc => Rewrite(target, failover.Service, failover.ServiceSubset, dc, ""))
                : [Rewrite(target, failover.Service, failover.ServiceSubset, "", "")];
        var ids = new List<string>();
        foreach (var candidate in candidates.Where(c => c.Id != target.Id))
        {
            var id = Resolve(candidate, asFailover: true).Target;
            if (id != target.Id && !ids.Contains(id))
            {
                ids.Add(id);
            }
        }

        return [.. ids];
    }

    /// <summary>Another service's subset is never this one's: it is given anew or not at all.</summary>
    private static ChainTarget Rewrite(ChainTarget target, string service, string subset, string datacenter, string peer)
    {
        var other = service.Length > 0 && service != target.Service;
        return target with
        {
            Service = other ? service : target.Service,
            ServiceSubset = subset.Length > 0 ? subset : other || peer.Length > 0 ? "" : target.ServiceSubset,
            Datacenter = datacenter.Length > 0 ? datacenter : target.Datacenter,
            Peer = peer.Length > 0 ? peer : target.Peer,
        };
    }

    private ChainTarget Keep(ChainTarget target, ServiceResolver? resolver, ServiceSubset? subset)
    {
        var defaults = target.Peer.Length > 0 ? null : _entries.Defaults(target.Service);
        var name = target.Peer.Length > 0
            ? $"{target.Service}.{Names.DefaultNamespace}.{target.Peer}.external.{_request.TrustDomain}"
            : ServiceSni.For(
                target.Service, Names.DefaultNamespace, target.Datacenter, _request.TrustDomain, target.ServiceSubset.Length > 0 ? target.ServiceSubset : null);
        var external = defaults is { ExternalSni.Length: > 0 };
        var gateway = external ? ""
            : _request.OverrideMeshGateway.Length > 0 ? _request.OverrideMeshGateway
            : defaults?.MeshGateway is { Mode.Length: > 0 } own ? own.Mode
            : _entries.ProxyDefaults()?.MeshGateway?.Mode ?? "";
        var kept = target with
        {
            Subset = subset ?? new ServiceSubset(),
            ConnectTimeout = ConnectTimeout(resolver),
            MeshGatewayMode = gateway,
            IsExternal = external,
            Sni = external ? defaults!.ExternalSni : target.Peer.Length > 0 ? "" : name,
            Name = name,
        };
        _targets[kept.Id] = kept;
        return kept;
    }

    private void RefuseExternal(ChainTarget target, ServiceResolver? resolver)
    {
        if (resolver is null || _entries.Defaults(target.Service) is not { ExternalSni.Length: > 0 })
        {
            return;
        }

        var what = resolver.Redirect is not null ? "redirects" : !resolver.Subsets.IsEmpty ? "subsets" : !resolver.Failover.IsEmpty ? "failover" : null;
        if (what is not null)
        {
            throw new ChainException($"service \"{target.Service}\" has an external SNI set; cannot define {what} for external services");
        }
    }

    private TimeSpan ConnectTimeout(ServiceResolver? resolver) =>
        _request.OverrideConnectTimeout > TimeSpan.Zero ? _request.OverrideConnectTimeout
        : resolver is { ConnectTimeout: var own } && own > TimeSpan.Zero ? own
        : DefaultConnectTimeout;
}
