using System.Collections.Immutable;
using Konsul.Mesh.Model.Identity;
using Konsul.Mesh.Model.Intentions;

namespace Konsul.Mesh.Model.Snapshots;

/// <summary>
/// Everything that one proxy must know, as one immutable value. A proxy swaps from one to the next by reference;
/// what changed is computed from the two, and parts that did not change are the same objects.
/// </summary>
public sealed record ProxySnapshot
{
    /// <summary>Counts up by one with every snapshot that a proxy assembles; 0 is <see cref="Empty"/>.</summary>
    public required ulong Version { get; init; }

    /// <summary>The service that the proxy stands for.</summary>
    public required string Service { get; init; }

    /// <summary>Null for a gateway, and until the listener is known.</summary>
    public InboundListener? Inbound { get; init; }

    public ImmutableArray<OutboundListener> Outbound { get; init; } = [];

    public ImmutableDictionary<string, Route> Routes { get; init; } = ImmutableDictionary<string, Route>.Empty;

    public ImmutableDictionary<string, Cluster> Clusters { get; init; } = ImmutableDictionary<string, Cluster>.Empty;

    public ImmutableDictionary<string, ImmutableArray<Endpoint>> Endpoints { get; init; } =
        ImmutableDictionary<string, ImmutableArray<Endpoint>>.Empty;

    public IntentionPolicy Intentions { get; init; } = IntentionPolicy.DenyAll;

    public TrustBundle TrustBundle { get; init; } = TrustBundle.Empty;

    public static ProxySnapshot Empty { get; } = new() { Version = 0, Service = "" };
}
