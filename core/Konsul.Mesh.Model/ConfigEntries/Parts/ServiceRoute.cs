namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>One rule of a router.</summary>
public sealed record ServiceRoute
{
    /// <summary>Null matches everything.</summary>
    public ServiceRouteMatch? Match { get; init; }

    /// <summary>Null keeps the service itself and all defaults.</summary>
    public ServiceRouteDestination? Destination { get; init; }

    /// <summary>Answers with a redirect instead of forwarding. Beyond Consul.</summary>
    public ServiceRouteRedirect? Redirect { get; init; }

    /// <summary>Answers by itself instead of forwarding. Beyond Consul.</summary>
    public ServiceRouteResponse? Response { get; init; }

    /// <summary>Sends a copy elsewhere and drops its answer. Beyond Consul.</summary>
    public ServiceRouteMirror? Mirror { get; init; }

    /// <summary>Delays or aborts a share of the requests. Beyond Consul.</summary>
    public ServiceRouteFault? Fault { get; init; }
}
