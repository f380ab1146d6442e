namespace Konsul.Mesh.Raft.Tests.Cluster;

/// <summary>What no run may ever show: two leaders of one term (I1), or different entries applied at one index (I5).</summary>
internal sealed class SafetyChecker
{
    private readonly Dictionary<ulong, ulong> _leaders = [];
    private readonly Dictionary<ulong, Entry> _applied = [];
    private readonly Dictionary<ulong, (RaftNode Node, int Seen)> _seen = [];

    public void Check(TestNode node)
    {
        var status = node.Status;
        if (status.IsLeader && !_leaders.TryAdd(status.HardState.Term, status.Id) && _leaders[status.HardState.Term] != status.Id)
        {
            throw new SafetyException($"{status.Id} and {_leaders[status.HardState.Term]} lead term {status.HardState.Term}");
        }

        var from = _seen.TryGetValue(status.Id, out var seen) && ReferenceEquals(seen.Node, node.Raft) ? seen.Seen : 0;
        foreach (var entry in node.Applied.Skip(from))
        {
            if (!_applied.TryAdd(entry.Index, entry) && !IsSame(_applied[entry.Index], entry))
            {
                throw new SafetyException($"{status.Id} applied {entry} where another applied {_applied[entry.Index]}");
            }
        }

        _seen[status.Id] = (node.Raft, node.Applied.Count);
    }

    private static bool IsSame(Entry a, Entry b) => a.Term == b.Term && a.Type == b.Type && a.Data.Span.SequenceEqual(b.Data.Span);
}
