using Konsul.Mesh.Model.ConfigEntries.Parts;
using Konsul.Mesh.Model.Filtering;
using Konsul.Mesh.Model.Text;

namespace Konsul.Mesh.Model.ConfigEntries.Rules;

internal static class ResolverRules
{
    private const string Wildcard = "*";

    /// <summary>Envoy's bound.</summary>
    private const int MaxRing = 8_388_608;

    public static ServiceResolver Check(ServiceResolver resolver)
    {
        foreach (var (name, subset) in resolver.Subsets)
        {
            Rule.Require(name.Length > 0, "Subsets", "Subset defined with empty name");
            Rule.Service($"Subsets.{ShownText.Of(name)}", name);
            Filter(name, subset.Filter);
        }

        Rule.Require(
            resolver.DefaultSubset.Length == 0 || resolver.Subsets.ContainsKey(resolver.DefaultSubset), "DefaultSubset",
            $"DefaultSubset \"{ShownText.Of(resolver.DefaultSubset)}\" is not a valid subset");
        if (resolver.Redirect is { } redirect)
        {
            Redirect(resolver, redirect);
        }

        foreach (var (subset, failover) in resolver.Failover)
        {
            Failover(resolver, subset, failover);
        }

        Rule.OneOf("PrioritizeByLocality.Mode", resolver.PrioritizeByLocality?.Mode ?? "", "none", "failover");
        if (resolver.LoadBalancer is { } balancer)
        {
            Balancer(balancer);
        }

        return resolver;
    }

    public static void Policy(string at, FailoverPolicy? policy) =>
        Rule.OneOf($"{at}.Mode", policy?.Mode ?? "", "sequential", "order-by-locality");

    private static void Filter(string subset, string filter)
    {
        try
        {
            if (filter.Length > 0)
            {
                _ = FilterParser.Parse(filter);
            }
        }
        catch (FormatException e)
        {
            throw new ConfigEntryException(
                $"Subsets.{subset}.Filter", $"Filter for subset \"{subset}\" is not a valid expression: {ShownText.Of(e.Message)}");
        }
    }

    private static void Redirect(ServiceResolver resolver, ResolverRedirect redirect)
    {
        Rule.Require(
            redirect.Service.Length + redirect.ServiceSubset.Length + redirect.Datacenter.Length + redirect.Peer.Length > 0, "Redirect", "Redirect is empty");
        Rule.OptionalService("Redirect.Service", redirect.Service);
        Rule.OptionalService("Redirect.Datacenter", redirect.Datacenter);
        Rule.OptionalService("Redirect.Peer", redirect.Peer);
        Rule.Require(
            redirect.Peer.Length == 0 || (redirect.ServiceSubset.Length == 0 && redirect.Datacenter.Length == 0), "Redirect.Peer",
            "Redirect.Peer cannot be combined with ServiceSubset or Datacenter");
        Rule.Require(
            redirect.ServiceSubset.Length == 0 || redirect.Service.Length > 0, "Redirect.ServiceSubset", "Redirect.ServiceSubset defined without Redirect.Service");
        Rule.Require(
            resolver.Subsets.IsEmpty && resolver.DefaultSubset.Length == 0 && resolver.Failover.IsEmpty, "Redirect",
            "Redirect is incompatible with Subsets, DefaultSubset and Failover: nothing ever reaches them");
        Rule.Require(
            redirect.Service != resolver.Name || redirect.ServiceSubset.Length == 0, "Redirect.ServiceSubset",
            $"Redirect.ServiceSubset \"{ShownText.Of(redirect.ServiceSubset)}\" is not a valid subset of \"{resolver.Name}\"");
    }

    private static void Failover(ServiceResolver resolver, string subset, ResolverFailover failover)
    {
        var at = $"Failover[\"{ShownText.Of(subset)}\"]";
        Rule.Require(
            subset == Wildcard || resolver.Subsets.ContainsKey(subset), at, $"Bad {at}: not a valid subset");
        Rule.Require(
            failover.Service.Length + failover.ServiceSubset.Length + failover.Datacenters.Length + failover.Targets.Length > 0, at,
            $"Bad {at}: one of Service, ServiceSubset, Targets, or Datacenters is required");
        Rule.Require(
            failover.Targets.IsEmpty || (failover.Service.Length == 0 && failover.ServiceSubset.Length == 0 && failover.Datacenters.IsEmpty), at,
            $"Bad {at}: Targets cannot be set with Service, ServiceSubset or Datacenters");
        Rule.OptionalService($"{at}.Service", failover.Service);
        CheckOwnSubset(resolver, at, failover.Service, failover.ServiceSubset);
        foreach (var datacenter in failover.Datacenters)
        {
            Rule.Require(datacenter.Length > 0, $"{at}.Datacenters", $"Bad {at}.Datacenters: found empty datacenter");
            Rule.Service($"{at}.Datacenters", datacenter);
        }

        for (var i = 0; i < failover.Targets.Length; i++)
        {
            var (path, target) = ($"{at}.Targets[{i}]", failover.Targets[i]);
            Rule.OptionalService($"{path}.Service", target.Service);
            Rule.OptionalService($"{path}.Datacenter", target.Datacenter);
            Rule.OptionalService($"{path}.Peer", target.Peer);
            Rule.Require(
                target.Peer.Length == 0 || (target.ServiceSubset.Length == 0 && target.Datacenter.Length == 0), path,
                $"Bad {path}: Peer cannot be set with ServiceSubset or Datacenter");
            Rule.Require(
                target.Service.Length + target.ServiceSubset.Length + target.Datacenter.Length + target.Peer.Length > 0, path,
                $"Bad {path}: one of Service, ServiceSubset, Datacenter, or Peer is required");
            if (target.Datacenter.Length == 0 && target.Peer.Length == 0)
            {
                CheckOwnSubset(resolver, path, target.Service, target.ServiceSubset);
            }
        }

        Policy($"{at}.Policy", failover.Policy);
    }

    private static void CheckOwnSubset(ServiceResolver resolver, string at, string service, string subset) => Rule.Require(
        subset.Length == 0 || (service.Length > 0 && service != resolver.Name) || resolver.Subsets.ContainsKey(subset), $"{at}.ServiceSubset",
        $"Bad {at}.ServiceSubset \"{ShownText.Of(subset)}\" is not a valid subset of \"{resolver.Name}\"");

    private static void Balancer(LoadBalancer balancer)
    {
        const string At = "LoadBalancer";
        Rule.OneOf($"{At}.Policy", balancer.Policy, "peak_ewma", "random", "round_robin", "least_request", "ring_hash", "maglev");
        var hashes = balancer.Policy is "ring_hash" or "maglev";
        Rule.Require(
            hashes || balancer.HashPolicies.IsEmpty, $"{At}.HashPolicies", $"HashPolicies specified for non-hash-based Policy: \"{balancer.Policy}\"");
        Rule.Require(
            balancer.RingHashConfig is null || balancer.Policy == "ring_hash", $"{At}.RingHashConfig",
            $"RingHashConfig specified for incompatible load balancing policy \"{balancer.Policy}\"");
        Rule.Require(
            balancer.LeastRequestConfig is null || balancer.Policy == "least_request", $"{At}.LeastRequestConfig",
            $"LeastRequestConfig specified for incompatible load balancing policy \"{balancer.Policy}\"");
        if (balancer.RingHashConfig is { } ring)
        {
            Rule.Require(
                Math.Max(ring.MinimumRingSize, ring.MaximumRingSize) <= MaxRing, $"{At}.RingHashConfig",
                $"{At}.RingHashConfig: a ring has at most {MaxRing} entries");
            Rule.Require(
                ring.MaximumRingSize == 0 || ring.MinimumRingSize <= ring.MaximumRingSize, $"{At}.RingHashConfig",
                $"{At}.RingHashConfig: MinimumRingSize is larger than MaximumRingSize");
        }

        for (var i = 0; i < balancer.HashPolicies.Length; i++)
        {
            Hash($"{At}.HashPolicies[{i}]", balancer.HashPolicies[i]);
        }
    }

    private static void Hash(string at, HashPolicy policy)
    {
        Rule.OneOf($"{at}.Field", policy.Field, "header", "cookie", "query_parameter");
        Rule.Require(
            policy.SourceIp == (policy.Field.Length == 0), at, $"{at} should contain exactly one of SourceIP or Field");
        Rule.Require(
            policy.Field.Length > 0 == policy.FieldValue.Length > 0, at, $"{at}: Field and FieldValue go together");
        if (policy.CookieConfig is { } cookie)
        {
            Rule.Require(policy.Field == "cookie", at, $"{at}: cookie_config provided for \"{policy.Field}\"");
            Rule.Require(!cookie.Session || cookie.Ttl == TimeSpan.Zero, at, $"{at}: a session cookie cannot have a TTL");
        }
    }
}
