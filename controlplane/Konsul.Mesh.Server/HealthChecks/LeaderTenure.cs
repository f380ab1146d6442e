using Konsul.Mesh.Raft.Host;
using Konsul.Mesh.Server.Cluster;

namespace Konsul.Mesh.Server.HealthChecks;

/// <summary>How long this server has led, for work that only the leader does and that needs to know who is alive. Asked by one loop.</summary>
internal sealed class LeaderTenure(ReplicatedState state, TimeProvider time)
{
    private long? _since;
    private ulong _term;

    /// <summary>Null while it does not lead; zero at the first look that finds it leading.</summary>
    public TimeSpan? Elapsed()
    {
        var status = state.Log.Status;
        if (status.Role != LogRole.Leader)
        {
            _since = null;
            return null;
        }

        if (_since is { } since && _term == status.Term)
            return time.GetElapsedTime(since);
        (_since, _term) = (time.GetTimestamp(), status.Term);
        return TimeSpan.Zero;
    }
}
