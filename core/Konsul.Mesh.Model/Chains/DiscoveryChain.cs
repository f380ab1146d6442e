using System.Collections.Immutable;

namespace Konsul.Mesh.Model.Chains;

/// <summary>
/// What becomes of requests to one service: a graph that starts at <see cref="StartNode"/> and leads through at most one router and one splitter
/// to resolvers, each of which names the target whose instances answer. Compiled from entries, immutable, free of cycles.
/// </summary>
public sealed record DiscoveryChain
{
    public required string ServiceName { get; init; }

    public required string Datacenter { get; init; }

    /// <summary>Differs between chains whose overrides made a difference; empty when they made none.</summary>
    public string CustomizationHash { get; init; } = "";

    /// <summary>No entry says anything: requests go to the service itself.</summary>
    public bool IsDefault { get; init; }

    /// <summary>tcp, http, http2 or grpc; of every service in the chain.</summary>
    public required string Protocol { get; init; }

    /// <summary>A key of <see cref="Nodes"/>.</summary>
    public required string StartNode { get; init; }

    public required ImmutableSortedDictionary<string, ChainNode> Nodes { get; init; }

    /// <summary>By <see cref="ChainTarget.Id"/>; those of failovers too.</summary>
    public required ImmutableSortedDictionary<string, ChainTarget> Targets { get; init; }
}
