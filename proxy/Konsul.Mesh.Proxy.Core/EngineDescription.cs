namespace Konsul.Mesh.Proxy.Core;

/// <summary>What an engine holds now: values of one moment, for the admin endpoint.</summary>
public sealed record EngineDescription(
    ulong Version,
    string Service,
    bool Draining,
    string Identity,
    DateTimeOffset? IdentityExpiry,
    int InboundConnections,
    IReadOnlyList<ListenerDescription> Listeners,
    IReadOnlyList<ClusterDescription> Clusters);
