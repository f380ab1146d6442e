namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>Limits of every service of the gateway.</summary>
public sealed record IngressServiceDefaults
{
    public int MaxConnections { get; init; }

    public int MaxPendingRequests { get; init; }

    public int MaxConcurrentRequests { get; init; }

    public PassiveHealthCheck? PassiveHealthCheck { get; init; }
}
