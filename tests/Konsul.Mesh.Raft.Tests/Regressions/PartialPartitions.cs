using Konsul.Mesh.Raft.Tests.Cluster;

namespace Konsul.Mesh.Raft.Tests.Regressions;

/// <summary>
/// CockroachDB #107060, Cloudflare 2020-11: links that work one way only. Whatever links are cut, while a majority can talk to each other both ways,
/// somebody leads and commits.
/// </summary>
public sealed class PartialPartitions
{
    [Fact]
    public void ThreeNodes_EverySubsetOfLinks_HasALeaderWhileAPairIsConnected()
    {
        var (from, to) = Links(3);
        for (var cut = 0; cut < 1 << from.Length; cut++)
        {
            Judge(3, [.. Enumerable.Range(0, from.Length).Where(i => (cut & (1 << i)) != 0).Select(i => (from[i], to[i]))]);
        }
    }

    [Fact]
    public void FiveNodes_ManySubsetsOfLinks_HaveALeaderWhileThreeAreConnected()
    {
        var (from, to) = Links(5);
        var dice = new SeededJitter(5);
        for (var run = 0; run < 150; run++)
        {
            var share = 1 + dice.Next(6);
            Judge(5, [.. Enumerable.Range(0, from.Length).Where(_ => dice.Next(10) < share).Select(i => (from[i], to[i]))]);
        }
    }

    private static void Judge(int nodes, HashSet<(ulong From, ulong To)> cut)
    {
        var ids = Enumerable.Range(1, nodes).Select(i => (ulong)i).ToArray();
        if (!HasClique(ids, cut, (nodes / 2) + 1))
        {
            return;
        }

        var cluster = new TestCluster(nodes).Elect(1).TickAll(3);
        foreach (var (from, to) in cut)
        {
            cluster.Cut(from, to);
        }

        cluster.TickAll(150);
        var before = cluster.Nodes.Values.Max(n => n.AppliedIndex);
        for (var i = 0; i < 40 && cluster.Nodes.Values.Max(n => n.AppliedIndex) <= before; i++)
        {
            cluster.Leader?.Raft.Propose("x"u8.ToArray());
            cluster.TickAll(3);
        }

        Assert.True(cluster.Nodes.Values.Max(n => n.AppliedIndex) > before, $"cut {string.Join(' ', cut.Select(l => $"{l.From}>{l.To}"))}: {cluster}");
    }

    private static bool HasClique(ulong[] ids, HashSet<(ulong From, ulong To)> cut, int size) =>
        Enumerable.Range(0, 1 << ids.Length)
            .Select(set => ids.Where((_, i) => (set & (1 << i)) != 0).ToArray())
            .Any(group => group.Length == size && group.All(a => group.All(b => a == b || !cut.Contains((a, b)))));

    private static (ulong[] From, ulong[] To) Links(int nodes)
    {
        var links = Enumerable.Range(1, nodes).SelectMany(a => Enumerable.Range(1, nodes).Where(b => a != b).Select(b => ((ulong)a, (ulong)b))).ToArray();
        return ([.. links.Select(l => l.Item1)], [.. links.Select(l => l.Item2)]);
    }
}
