namespace Konsul.Mesh.State.Cluster;

/// <summary>How the leader looks after the servers. Names and defaults are Consul's.</summary>
public sealed record AutopilotConfig
{
    /// <summary>Take dead servers out when the rest has a majority without them.</summary>
    public bool CleanupDeadServers { get; init; } = true;

    /// <summary>A server that was not heard of for longer is unhealthy.</summary>
    public TimeSpan LastContactThreshold { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>A server that is further behind, in entries, is unhealthy.</summary>
    public ulong MaxTrailingLogs { get; init; } = 250;

    /// <summary>Never take servers out below so many voters; 0 for no such floor.</summary>
    public uint MinQuorum { get; init; }

    /// <summary>How long a new server must be healthy before it votes.</summary>
    public TimeSpan ServerStabilizationTime { get; init; } = TimeSpan.FromSeconds(10);

    public ulong CreateIndex { get; init; }

    public ulong ModifyIndex { get; init; }
}
