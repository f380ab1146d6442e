namespace Konsul.Mesh.State.Cluster;

/// <summary>The servers as of one index.</summary>
public sealed class ClusterView
{
    internal ClusterView(ClusterTables tables) => Tables = tables;

    internal ClusterTables Tables { get; }

    /// <summary>In the order of their ids.</summary>
    public IEnumerable<ServerMember> Servers => Tables.Servers.Select(e => e.Value);

    public AutopilotConfig Autopilot => Tables.Autopilot;

    /// <summary>The table's index, at least 1.</summary>
    public ulong Index => Math.Max(Tables.Index, 1);

    /// <summary>Ids that were taken out for ever, in order.</summary>
    public IEnumerable<string> Removed => Tables.Removed.Select(e => e.Key);

    public bool IsRemoved(string id) => Tables.Removed.ContainsKey(id);

    public ServerMember? Server(string id) => Tables.Servers.GetValueOrDefault(id);
}
