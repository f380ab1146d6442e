using Konsul.Mesh.TestKit;

namespace Konsul.Mesh.Raft.Host.Tests.Consensus;

/// <summary>Members 1..n of one cluster in this process.</summary>
internal sealed class TestCluster : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private readonly TemporaryFolder _folder = new();
    private readonly ConfState _founders;

    public TestCluster(int size, int snapshotEvery = 10_000)
    {
        _founders = new ConfState { Voters = [.. Enumerable.Range(1, size).Select(i => (ulong)i)] };
        Servers = [.. _founders.Voters.Select(id => New(id, snapshotEvery))];
        Servers.ForEach(s => s.Start());
    }

    public MemoryPeers Network { get; } = new();

    public List<TestServer> Servers { get; }

    /// <summary>A server that is no member yet; it knows the founders, since the log begins with them.</summary>
    public TestServer Add(ulong id, int snapshotEvery = 10_000)
    {
        var server = New(id, snapshotEvery);
        Servers.Add(server);
        server.Start();
        return server;
    }

    public async Task<TestServer> LeaderAsync(params TestServer[] except)
    {
        TestServer? leader = null;
        await Eventually.HoldsAsync("one of the servers leads", () =>
        {
            leader = Servers.Except(except).Where(s => s.IsLeader).MaxBy(s => s.Log.Status.Term);
            return Task.FromResult(leader is not null);
        });
        return leader!;
    }

    /// <summary>Proposes and waits as a client does that tries again on "no leader".</summary>
    public static async Task<Committed> ProposeAsync(TestServer server, string command)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (true)
        {
            try
            {
                return await server.Log.ProposeAsync(System.Text.Encoding.UTF8.GetBytes(command), limit.Token);
            }
            catch (ProposalRefusedException e) when (e.Refusal == ProposalRefusal.NoLeader)
            {
                limit.Token.ThrowIfCancellationRequested();
            }
        }
    }

    /// <summary>All servers have applied what <paramref name="server"/> has.</summary>
    public Task AgreeAsync(params TestServer[] among) => Eventually.HoldsAsync("all have applied the same", () =>
    {
        var all = (among.Length > 0 ? among : [.. Servers]).Select(s => s.Machine.Commands).ToList();
        return Task.FromResult(all.TrueForAll(c => c.SequenceEqual(all[0])));
    });

    public async ValueTask DisposeAsync()
    {
        foreach (var server in Servers)
        {
            await server.DisposeAsync();
        }

        _folder.Dispose();
    }

    private TestServer New(ulong id, int snapshotEvery) =>
        new(id, Path.Combine(_folder.Path, $"server-{id}"), _founders, Network, snapshotEvery);
}
