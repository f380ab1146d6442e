using System.Collections.Immutable;
using Konsul.Mesh.Model.ConfigEntries.Parts;

namespace Konsul.Mesh.Model.ConfigEntries;

/// <summary>Which instances answer for a service: subsets, redirects, failover, balancing.</summary>
public sealed record ServiceResolver : ConfigEntry
{
    public const string KindWord = "service-resolver";

    public override string Kind => KindWord;

    /// <summary>Meant by requests that name no subset.</summary>
    public string DefaultSubset { get; init => field = value ?? ""; } = "";

    public ImmutableSortedDictionary<string, ServiceSubset> Subsets { get; init => field = value ?? field; } =
        ImmutableSortedDictionary<string, ServiceSubset>.Empty;

    /// <summary>Another service, subset or datacenter stands for this one.</summary>
    public ResolverRedirect? Redirect { get; init; }

    /// <summary>By subset; "*" for those not named.</summary>
    public ImmutableSortedDictionary<string, ResolverFailover> Failover { get; init => field = value ?? field; } =
        ImmutableSortedDictionary<string, ResolverFailover>.Empty;

    public PrioritizeByLocality? PrioritizeByLocality { get; init; }

    /// <summary>Zero for the default of 5 s.</summary>
    public TimeSpan ConnectTimeout { get; init; }

    /// <summary>Zero for the default of 15 s.</summary>
    public TimeSpan RequestTimeout { get; init; }

    public LoadBalancer? LoadBalancer { get; init; }
}
