using System.Collections.Immutable;

namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>How an instance is picked.</summary>
public sealed record LoadBalancer
{
    /// <summary>Empty or peak_ewma (the default), least_request, round_robin, random, ring_hash or maglev.</summary>
    public string Policy { get; init => field = value ?? ""; } = "";

    public RingHashConfig? RingHashConfig { get; init; }

    public LeastRequestConfig? LeastRequestConfig { get; init; }

    /// <summary>For ring_hash and maglev only.</summary>
    public ImmutableArray<HashPolicy> HashPolicies { get; init => field = value.IsDefault ? [] : value; } = [];
}
