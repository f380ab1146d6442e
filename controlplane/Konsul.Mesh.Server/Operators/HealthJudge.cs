using System.Collections.Immutable;
using Konsul.Mesh.Raft.Host;
using Konsul.Mesh.State.Cluster;

namespace Konsul.Mesh.Server.Operators;

/// <summary>Judges the servers from what the log says of them. Holds only since when each verdict stands; the leader asks it regularly.</summary>
/// <param name="distrusted">Servers whose state is wrong or doubtful, by id; they are not healthy, however well they answer.</param>
/// <param name="time">The clock.</param>
internal sealed class HealthJudge(Func<ImmutableSortedSet<string>> distrusted, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (bool Healthy, DateTimeOffset Since, long At)> _verdicts = [];

    public ClusterHealth Judge(ConsensusStatus consensus, ClusterView cluster)
    {
        var leader = consensus.Members.FirstOrDefault(m => m.IsLeader);
        return Judge(consensus.Members.Select(m => (ServerId.Format(m.Id), m, IsHealthy(m, leader, cluster.Autopilot))), cluster);
    }

    /// <summary>Servers whose log is in etcd: none votes, each is healthy that is there while somebody leads.</summary>
    /// <param name="leader">The id of the server that leads; empty without one.</param>
    /// <param name="present">The ids of those whose lease lives.</param>
    /// <param name="cluster">Who has ever come and was not taken out.</param>
    public ClusterHealth Judge(string leader, IReadOnlySet<string> present, ClusterView cluster) =>
        Judge(
            cluster.Servers.Select(s =>
            {
                var isThere = present.Contains(s.Id);
                return (s.Id, new MemberStatus(0, IsVoter: false) { IsLeader = s.Id == leader, SinceContact = isThere ? TimeSpan.Zero : null }, isThere && leader.Length > 0);
            }),
            cluster);

    private ClusterHealth Judge(IEnumerable<(string Id, MemberStatus Status, bool IsHealthy)> members, ClusterView cluster)
    {
        var (now, wrong) = (time.GetUtcNow(), distrusted());
        lock (_lock)
        {
            var health = new ClusterHealth([.. members.Select(m => Describe(m.Id, m.Status, cluster.Server(m.Id), m.IsHealthy && !wrong.Contains(m.Id), now))]);
            foreach (var gone in _verdicts.Keys.Except(health.Servers.Select(s => s.Id)).ToList())
                _verdicts.Remove(gone);
            return health;
        }
    }

    /// <summary>In contact, and not too far behind. Without a leader nobody is.</summary>
    private static bool IsHealthy(MemberStatus member, MemberStatus? leader, AutopilotConfig config) =>
        leader is not null
        && (member.IsLeader || (member.SinceContact <= config.LastContactThreshold && member.LastIndex + config.MaxTrailingLogs >= leader.LastIndex));

    private ServerHealth Describe(string id, MemberStatus member, ServerMember? known, bool healthy, DateTimeOffset now)
    {
        if (!_verdicts.TryGetValue(id, out var verdict) || verdict.Healthy != healthy)
            _verdicts[id] = verdict = (healthy, now, time.GetTimestamp());
        return new ServerHealth
        {
            Id = id,
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
