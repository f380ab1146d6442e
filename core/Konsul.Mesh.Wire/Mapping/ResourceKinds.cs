using Konsul.Mesh.Wire.V1;

namespace Konsul.Mesh.Wire.Mapping;

/// <summary>The types that both ends speak, in the order in which additions are sent: what is named comes before what names it.</summary>
public static class ResourceKinds
{
    public static IReadOnlyList<ResourceType> InOrder { get; } =
    [
        ResourceType.Cluster, ResourceType.Endpoints, ResourceType.TrustBundle, ResourceType.Intentions, ResourceType.Route,
        ResourceType.Listener,
    ];

    public static bool IsKnown(ResourceType type) => type is >= ResourceType.Listener and <= ResourceType.Intentions;

    /// <summary>The type in words, as errors, logs and metrics show it.</summary>
    public static string Label(ResourceType type) => type switch
    {
        ResourceType.Listener => "listener",
        ResourceType.Route => "route",
        ResourceType.Cluster => "cluster",
        ResourceType.Endpoints => "endpoints",
        ResourceType.TrustBundle => "trust bundle",
        ResourceType.Intentions => "intentions",
        ResourceType.RateLimits => "rate limits",
        _ => "unknown",
    };
}
