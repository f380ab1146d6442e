using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Konsul.Mesh.TestKit;
using Konsul.Mesh.TestKit.Network;
using Konsul.Mesh.TestKit.Processes;

namespace Konsul.Mesh.EndToEnd.Tests.Cluster;

/// <summary>
/// Three real servers whose network is cut in all the ways in which it can be, with clients at each of them throughout. With an etcd beside each
/// server, both are cut off together.
/// </summary>
public sealed class PartitionTests(PartitionedCluster partitioned) : IClassFixture<PartitionedCluster>
{
    private const int Readers = 8;
    private const int Size = PartitionedCluster.Size;
    private static readonly TimeSpan Lossy = TimeSpan.FromSeconds(4);

    [Theory]
    [InlineData(LogEngine.Raft)]
    [InlineData(LogEngine.EtcdCluster)]
    public async Task LeaderCutOff_OthersGoOn_AndItGivesNoOldAnswerAsAFreshOne(LogEngine engine) =>
        await RunAsync(engine, "leader-cut-off", async (network, cluster, load) =>
        {
            var leader = await cluster.OrderingSiteAsync();
            var readers = await load.ReadersAsync(leader, Readers);
            var reads = Task.FromResult(0);
            await load.FaultAsync("leader cut off", [leader], async () =>
            {
                await network.CutAsync(Link.Around(leader, Size));
                reads = load.ReadAllAsync(readers);
            });
            await reads;

            if (engine == LogEngine.Raft)
            {
                await Eventually.HoldsAsync("the old leader knows that it does not lead", async () => (await cluster.NamedLeaderAsync(leader)).Length == 0);
            }

            Assert.Equal(0, await load.ReadAllAsync(readers));
            await AssertStaleReadAsync(cluster, leader);
        });

    [Fact]
    public async Task LeaderHearsNobody_StepsDownAndOthersGoOn() =>
        await RunAsync(LogEngine.Raft, "leader-deaf", async (network, cluster, load) =>
        {
            var leader = await cluster.OrderingSiteAsync();
            await load.FaultAsync("leader hears nobody", [leader], async () =>
            {
                await network.CutAsync(Link.Into(leader, Size));
                await cluster.LeaderAsync(leader);
            });

            await Eventually.HoldsAsync("the old leader knows that it does not lead", async () => (await cluster.NamedLeaderAsync(leader)).Length == 0);
        });

    [Fact]
    public async Task LeaderIsHeardByNobody_StepsDownAndOthersGoOn() =>
        await RunAsync(LogEngine.Raft, "leader-mute", async (network, cluster, load) =>
        {
            var leader = await cluster.OrderingSiteAsync();
            await load.FaultAsync("leader is heard by nobody", [leader], async () =>
            {
                await network.CutAsync(Link.OutOf(leader, Size));
                await cluster.LeaderAsync(leader);
            });

            await Eventually.HoldsAsync(
                "the old leader does not take itself for the leader", async () => await cluster.NamedLeaderAsync(leader) != cluster.RaftAddress(leader));
        });

    [Fact]
    public async Task OneLinkCut_ALeaderExistsAndServersThatHearItGoOn() =>
        await RunAsync(LogEngine.Raft, "one-link-cut", async (network, cluster, load) =>
        {
            var leader = await cluster.OrderingSiteAsync();
            var far = (leader + 1) % Size;
            var before = await TermAsync(cluster, leader);
            await load.FaultAsync("link between leader and a follower cut", [leader, far], () => network.CutAsync(Link.Between(leader, far)));

            // Whichever of the two leads in the end, the other one hears it only through nobody: one of them serves, and it stays the same.
            var third = (leader + 2) % Size;
            var heard = await cluster.NamedLeaderAsync(third);
            await load.PutsGoOnAsync(leader, far);
            Assert.Equal(heard, await cluster.NamedLeaderAsync(third));
            Assert.InRange(await TermAsync(cluster, third), before, before + 2);
        });

    [Theory]
    [InlineData(LogEngine.Raft)]
    [InlineData(LogEngine.EtcdCluster)]
    public async Task FollowerCutOffAndBack_OthersGoOnAndNoOtherServerLeads(LogEngine engine) =>
        await RunAsync(engine, "follower-cut-off", async (network, cluster, load) =>
        {
            var leader = await cluster.OrderingSiteAsync();
            var follower = (leader + 1) % Size;
            var before = await TermAsync(cluster, leader);
            await load.FaultAsync("follower cut off", [follower], () => network.CutAsync(Link.Around(follower, Size)));
            await load.FaultAsync("follower back", [follower], network.HealAsync);

            if (engine == LogEngine.Raft)
            {
                // An etcd without pre-vote elects anew when the member that was away is back.
                Assert.Equal(leader, await cluster.OrderingSiteAsync());
                Assert.Equal(before, await TermAsync(cluster, leader));
            }
        });

    [Theory]
    [InlineData(LogEngine.Raft)]
    [InlineData(LogEngine.EtcdCluster)]
    public async Task ThirtyPercentOfPacketsLost_NothingIsLostAndItRecovers(LogEngine engine) =>
        await RunAsync(engine, "lossy", async (network, cluster, load) =>
        {
            var before = (await TermAsync(cluster, await cluster.OrderingSiteAsync()), load.Puts);
            await network.LoseAsync(30, Link.All(Size));
            await Task.Delay(Lossy, TimeProvider.System, TestContext.Current.CancellationToken);
            var puts = load.Puts - before.Puts;
            await load.FaultAsync("no more packets lost", [], network.HealAsync);

            var terms = await TermAsync(cluster, await cluster.OrderingSiteAsync()) - before.Item1;
            TestContext.Current.TestOutputHelper?.WriteLine($"in {Lossy.TotalSeconds:0} s of loss: {terms} new terms, {puts} writes");
        });

    [Fact]
    public async Task FivePercentOfPacketsLost_WritesGoOn() =>
        await RunAsync(LogEngine.Raft, "slightly-lossy", async (network, _, load) =>
            await load.FaultAsync("5 % of packets lost", [], () => network.LoseAsync(5, Link.All(Size))));

    private async Task RunAsync(LogEngine engine, string name, Func<NetworkNamespaces, ClusterProcesses, FaultLoad, Task> fault)
    {
        var (network, cluster) = await partitioned.OnAsync(engine);
        await using var load = new FaultLoad(cluster, name);
        try
        {
            await load.RunAsync(async () =>
            {
                await fault(network, cluster, load);
                await load.FaultAsync("network whole again", [], async () =>
                {
                    await network.HealAsync();
                    await cluster.LeaderAsync();
                });
            });
            await load.AssertConsistentAsync();
        }
        finally
        {
            await network.HealAsync();
        }
    }

    /// <summary>Of the last entry, as that server's side of the network sees it; 0 for a log in etcd, which does not tell.</summary>
    private static async Task<long> TermAsync(ClusterProcesses cluster, int server)
    {
        if (cluster.Engine != LogEngine.Raft)
        {
            return 0;
        }

        using var http = new HttpClient { BaseAddress = cluster.HttpAddress(server) };
        using var answer = await http.GetAsync("/v1/operator/autopilot/health");
        var health = await answer.Content.ReadFromJsonAsync<JsonElement>();
        return health.GetProperty("Servers").EnumerateArray().Max(s => s.GetProperty("LastTerm").GetInt64());
    }

    private static async Task AssertStaleReadAsync(ClusterProcesses cluster, int server)
    {
        using var http = new HttpClient { BaseAddress = cluster.HttpAddress(server) };
        using var answer = await http.GetAsync("/v1/kv/leader-cut-off/shared-0?stale&raw");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        if (cluster.Engine == LogEngine.Raft)
        {
            Assert.Equal("false", answer.Headers.GetValues("X-Consul-KnownLeader").Single());
        }
    }
}
