using System.Collections.Immutable;

namespace Konsul.Mesh.Model.Catalog;

/// <summary>What a sidecar was registered with: whom it stands for, where the app listens, what the app calls.</summary>
public sealed record ProxyRegistration
{
    public string DestinationServiceName { get; init; } = "";

    public string DestinationServiceId { get; init; } = "";

    public string LocalServiceAddress { get; init; } = "127.0.0.1";

    public int LocalServicePort { get; init; }

    public ServiceProtocol Protocol { get; init; }

    public ImmutableArray<Upstream> Upstreams { get; init; } = [];

    /// <summary>The registrant's own Config map, kept as it came (JSON text) and given back as it came.</summary>
    public string ConfigJson { get; init; } = "";
}
