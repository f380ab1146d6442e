using Konsul.Mesh.Etcd.Tests.Fixtures;
using Konsul.Mesh.Raft.Host;
using Konsul.Mesh.TestKit;

namespace Konsul.Mesh.Etcd.Tests;

public sealed class LeadershipTests
{
    [Fact]
    public async Task Servers_Three_HaveOneLeaderThatAllName()
    {
        await using var etcd = await EtcdProcess.StartAsync();
        await using var a = await Node.OpenAsync("a", etcd);
        await a.BecomesLeaderAsync();
        await using var b = await Node.OpenAsync("b", etcd);
        await using var c = await Node.OpenAsync("c", etcd);
        Node[] nodes = [a, b, c];

        await Eventually.HoldsAsync("all name it", () => Task.FromResult(nodes.All(n => n.Log.Status.Leader == "a")));

        Assert.Equal([LogRole.Leader, LogRole.Follower, LogRole.Follower], nodes.Select(n => n.Log.Status.Role));
        Assert.Single(nodes.Select(n => n.Log.Status.Term).Distinct());
    }

    [Fact]
    public async Task Leader_Closed_IsReplacedInAHigherTerm()
    {
        await using var etcd = await EtcdProcess.StartAsync();
        await using var a = await Node.OpenAsync("a", etcd, o => o with { LeaseTtl = TimeSpan.FromMinutes(10) });
        await a.BecomesLeaderAsync();
        await using var b = await Node.OpenAsync("b", etcd);
        var before = a.Log.Status.Term;

        // With such a lease only giving it back makes room in time.
        await a.Log.DisposeAsync();

        await b.BecomesLeaderAsync();
        Assert.True(b.Log.Status.Term > before);
    }

    [Fact]
    public async Task Leader_CutOff_StopsLeadingBeforeAnotherLeads()
    {
        await using var etcd = await EtcdProcess.StartAsync();
        await using var link = new LossyLink(etcd.Port);
        await using var a = new Node("a", link.Address);
        await a.OpenAsync();
        await a.BecomesLeaderAsync();
        await using var b = await Node.OpenAsync("b", etcd);
        var seen = new List<LogStatus>();
        a.Log.LeadershipChanged += seen.Add;
        var rolesOfAWhenBLeads = new List<LogRole>();
        b.Log.LeadershipChanged += s =>
        {
            if (s.Role == LogRole.Leader)
            {
                rolesOfAWhenBLeads.Add(a.Log.Status.Role);
            }
        };

        link.Cut();

        await b.BecomesLeaderAsync();
        await Eventually.HoldsAsync("the change is announced", () => Task.FromResult(rolesOfAWhenBLeads.Count > 0 && seen.Count > 0));
        Assert.Equal([LogRole.Follower], rolesOfAWhenBLeads);
        Assert.Equal((LogRole.Follower, ""), (seen[0].Role, seen[0].Leader));

        link.Mend();
        await Eventually.HoldsAsync("a follows b", () => Task.FromResult(a.Log.Status.Leader == "b"));
        await a.ProposeAsync("from a follower");
    }

    [Fact]
    public async Task Leader_LeaseRevokedByAnOperator_LeadsOrFollowsAgainInAHigherTerm()
    {
        await using var etcd = await EtcdProcess.StartAsync();
        await using var a = await Node.OpenAsync("a", etcd);
        await a.BecomesLeaderAsync();
        var before = a.Log.Status.Term;
        var lease = (await EtcdCtl.RunAsync(etcd, "lease", "list")).Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1];

        await EtcdCtl.RunAsync(etcd, "lease", "revoke", lease);

        await Eventually.HoldsAsync("a leads in a new term", () => Task.FromResult(a.Log.Status is { Role: LogRole.Leader } s && s.Term > before));
    }

    [Fact]
    public async Task Status_EtcdSilent_IsNoLeaderAfterTheLease()
    {
        await using var etcd = await EtcdProcess.StartAsync();
        await using var a = await Node.OpenAsync("a", etcd);
        await a.BecomesLeaderAsync();

        etcd.Freeze();

        await Eventually.HoldsAsync("a no longer leads", () => Task.FromResult(a.Log.Status.Role == LogRole.Follower));
        Assert.Equal("", a.Log.Status.Leader);
        etcd.Thaw();
        await a.BecomesLeaderAsync();
    }
}
