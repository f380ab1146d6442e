using Konsul.Mesh.State.Cluster;

namespace Konsul.Mesh.Server.Operators;

/// <summary>The next thing to do for the servers; one change of members at a time. Pure.</summary>
/// <param name="Promote">A learner that has been healthy for long enough.</param>
/// <param name="Remove">A dead server whose place another one of the same name has taken.</param>
internal sealed record AutopilotPlan(ServerHealth? Promote, ServerHealth? Remove)
{
    /// <summary>A server that was not heard of for so long is dead, not slow.</summary>
    public static readonly TimeSpan DeadAfter = TimeSpan.FromSeconds(10);

    public static AutopilotPlan Make(ClusterHealth health, AutopilotConfig config)
    {
        var promote = health.Servers.FirstOrDefault(s => !s.IsVoter && s.IsHealthy && s.StableFor >= config.ServerStabilizationTime);
        var remove = config.CleanupDeadServers ? health.Servers.FirstOrDefault(s => MayRemove(s, health, config)) : null;
        return new AutopilotPlan(promote, remove);
    }

    /// <summary>Dead; a healthy server of its name stands in for it; and the rest has a majority without it.</summary>
    private static bool MayRemove(ServerHealth server, ClusterHealth health, AutopilotConfig config)
    {
        if (server.IsHealthy || server.IsLeader || (server.SinceContact is { } since && since < DeadAfter))
            return false;
        var others = health.Servers.Where(s => s.Id != server.Id && s.IsVoter).ToList();
        var healthy = others.Count(s => s.IsHealthy);
        var replaced = health.Servers.Any(s => s.Id != server.Id && s.IsHealthy && s.Name == server.Name && s.Name.Length > 0);
        return replaced && healthy > others.Count / 2 && others.Count >= Math.Max(1, config.MinQuorum);
    }
}
