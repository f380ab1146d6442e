using System.Net;
using Konsul.Mesh.Hosting.Options;
using Konsul.Mesh.Raft.Host.Peers;
using Konsul.Mesh.Server.Startup;
using Konsul.Mesh.TestKit;

namespace Konsul.Mesh.Server.Tests.Functional;

/// <summary>Three servers in this process on real ports and directories, and others that join them.</summary>
internal sealed class ThreeServers : IAsyncDisposable
{
    private readonly List<int> _raft = [FreePorts.Next(), FreePorts.Next(), FreePorts.Next()];
    private readonly List<string> _directories = [TestServer.NewDirectory(), TestServer.NewDirectory(), TestServer.NewDirectory()];
    private readonly List<TestServer?> _servers = [null, null, null];

    /// <summary>A running one.</summary>
    public TestServer this[int i] => _servers[i] ?? throw new InvalidOperationException($"Server {i} does not run.");

    public IEnumerable<TestServer> Running => _servers.OfType<TestServer>();

    public string AddressOf(int i) => $"127.0.0.1:{_raft[i]}";

    public string DirectoryOf(int i) => _directories[i];

    public async ValueTask StartAsync() => await Task.WhenAll(Enumerable.Range(0, 3).Select(i => StartAsync(i)));

    public async Task<TestServer> StartAsync(int i, Func<ServerSettings, ServerSettings>? change = null)
    {
        var server = await TestServer.StartAsync(directory: _directories[i], change: s =>
        {
            var settings = s with
            {
                NodeName = $"node-{i}",
                Raft = new HostPort("127.0.0.1", _raft[i]),
                BootstrapExpect = 3,
                RetryJoin = [.. _raft.Select(p => new PeerAddress("127.0.0.1", p))],
            };
            return change?.Invoke(settings) ?? settings;
        });
        return (_servers[i] = server)!;
    }

    /// <summary>Starts a server that was not there when the cluster was founded.</summary>
    /// <returns>Its number.</returns>
    public async Task<int> AddAsync(Func<ServerSettings, ServerSettings>? change = null)
    {
        _raft.Add(FreePorts.Next());
        _directories.Add(TestServer.NewDirectory());
        _servers.Add(null);
        await StartAsync(_servers.Count - 1, change);
        return _servers.Count - 1;
    }

    public async Task StopAsync(int i)
    {
        var server = this[i];
        _servers[i] = null;
        await server.DisposeAsync();
    }

    /// <summary>As an operator who gives a server an empty disk.</summary>
    public void Wipe(int i) => Directory.Delete(_directories[i], recursive: true);

    /// <summary>The number of the server that leads.</summary>
    public async Task<int> LeaderAsync()
    {
        var leader = -1;
        await Eventually.HoldsAsync("somebody leads", async () =>
        {
            var text = (await Running.First().GetAsync("/v1/status/leader")).Text;
            leader = _raft.FindIndex(p => text == $"\"127.0.0.1:{p}\"");
            return leader >= 0 && _servers[leader] is not null;
        });
        return leader;
    }

    /// <summary>The id of a server, as operators write it.</summary>
    public async Task<string> IdOfAsync(int i) => (await Running.First().GetAsync("/v1/operator/raft/configuration")).Json
        .GetProperty("Servers").EnumerateArray().Single(s => s.GetProperty("Address").GetString() == AddressOf(i)).GetProperty("ID").GetString()!;

    /// <summary>As a client does that tries again while nobody leads.</summary>
    public Task WriteAsync(int server, string path) =>
        Eventually.HoldsAsync($"{path} is written", async () => (await this[server].PutAsync(path, "x")).Status == HttpStatusCode.OK);

    /// <summary>All that run have applied the same, and nothing more is on its way.</summary>
    public Task QuietAsync() => Eventually.HoldsAsync("all have applied the same", () =>
    {
        var indexes = Running.Select(s => s.Server.StateIndex).ToList();
        return Task.FromResult(indexes.TrueForAll(i => i == indexes[0]));
    });

    public async ValueTask DisposeAsync()
    {
        foreach (var server in Running)
        {
            await server.DisposeAsync();
        }

        foreach (var directory in _directories)
        {
            Directory.Delete(Path.GetDirectoryName(directory)!, recursive: true);
        }
    }
}
