using System.Collections.Immutable;
using Konsul.Mesh.Raft.Host;
using Konsul.Mesh.State.Cluster;

namespace Konsul.Mesh.Server.Operators;

/// <summary>Judges the servers from what consensus says of them. Holds only since when each verdict stands; the leader asks it regularly.</summary>
/// <param name="distrusted">Servers whose state is wrong or doubtful, by id; they are not healthy, however well they answer.</param>
/// <param name="time">The clock.</param>
internal sealed class HealthJudge(Func<ImmutableSortedSet<string>> distrusted, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, (bool Healthy, DateTimeOffset Since, long At)> _verdicts = [];

    public ClusterHealth Judge(ConsensusStatus consensus, ClusterView cluster)
    {
        var now = time.GetUtcNow();
        var config = cluster.Autopilot;
        var leader = consensus.Members.FirstOrDefault(m => m.IsLeader);
        var wrong = distrusted();
        lock (_lock)
        {
            foreach (var gone in _verdicts.Keys.Where(id => !consensus.Members.Any(m => m.Id == id)).ToList())
                _verdicts.Remove(gone);
            return new ClusterHealth([.. consensus.Members.Select(m => Describe(m, cluster.Server(ServerId.Format(m.Id)), IsHealthy(m, leader, config) && !wrong.Contains(ServerId.Format(m.Id)), now))]);
        }
    }

    /// <summary>In contact, and not too far behind. Without a leader nobody is.</summary>
    private static bool IsHealthy(MemberStatus member, MemberStatus? leader, AutopilotConfig config) =>
        leader is not null
        && (member.IsLeader || (member.SinceContact <= config.LastContactThreshold && member.LastIndex + config.MaxTrailingLogs >= leader.LastIndex));

    private ServerHealth Describe(MemberStatus member, ServerMember? known, bool healthy, DateTimeOffset now)
    {
        if (!_verdicts.TryGetValue(member.Id, out var verdict) || verdict.Healthy != healthy)
            _verdicts[member.Id] = verdict = (healthy, now, time.GetTimestamp());
        return new ServerHealth
        {
            Id = member.Id,
            Name = known?.Name ?? "",
            Address = known?.RaftAddress ?? "",
            Version = known?.Version ?? "",
            IsLeader = member.IsLeader,
            IsVoter = member.IsVoter,
            IsHealthy = healthy,
            SinceContact = member.SinceContact,
            LastIndex = member.LastIndex,
            LastTerm = member.LastTerm,
            StableSince = verdict.Since,
            StableFor = time.GetElapsedTime(verdict.At),
        };
    }
}
