using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Konsul.Mesh.Bench.Pairs;
using Konsul.Mesh.Bench.Processes;

namespace Konsul.Mesh.Bench.Cluster;

/// <summary>Three of Debian's etcd-server at their defaults, without TLS; asked over gRPC, its fastest door.</summary>
internal sealed class EtcdCluster : IStoreCluster
{
    private readonly List<ChildProcess> _processes = [];
    private readonly int[] _clientPorts = [FreePort.Next(), FreePort.Next(), FreePort.Next()];
    private readonly int[] _peerPorts = [FreePort.Next(), FreePort.Next(), FreePort.Next()];
    private readonly RequestFiles _requests;

    private EtcdCluster(RequestFiles requests) => _requests = requests;

    public string Name => "etcd";

    public string Settings => "Debian's etcd-server at its defaults, no TLS among servers, gRPC over HTTP/2 without TLS";

    public static async Task<EtcdCluster> StartAsync(string folder, RequestFiles requests, TimeProvider time, CancellationToken cancel)
    {
        var cluster = new EtcdCluster(requests);
        try
        {
            var members = string.Join(',', cluster._peerPorts.Select((p, i) => $"e{i}={Url(p)}"));
            for (var i = 0; i < IStoreCluster.Servers; i++)
            {
                var (client, peer) = (Url(cluster._clientPorts[i]), Url(cluster._peerPorts[i]));
                cluster._processes.Add(ChildProcess.Start($"etcd {i}", "etcd",
                [
                    "--name", $"e{i}", "--data-dir", Path.Combine(folder, $"e{i}"), "--listen-client-urls", client, "--advertise-client-urls", client,
                    "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", members,
                ]));
            }

            for (var i = 0; i < IStoreCluster.Servers; i++)
            {
                await Http.WaitForAsync(cluster._processes[i], new Uri($"{Url(cluster._clientPorts[i])}/health"), TimeSpan.FromSeconds(30), time, cancel);
            }

            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    public async Task<int> LeaderAsync(CancellationToken cancel)
    {
        for (var i = 0; i < IStoreCluster.Servers; i++)
        {
            var status = await StatusAsync(i, cancel);
            if ((string?)status["leader"] == (string?)status["header"]?["member_id"])
            {
                return i;
            }
        }

        throw new BenchException("etcd: nobody leads");
    }

    public StoreTarget Write(int server) => Call(server, "Put", _requests.Put);

    public StoreTarget Read(int server) => Call(server, "Range", _requests.Range);

    public async Task<long> WritesAsync(CancellationToken cancel) =>
        long.Parse((string)(await StatusAsync(0, cancel))["header"]!["revision"]!, CultureInfo.InvariantCulture);

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            await process.DisposeAsync();
        }
    }

    private async Task<JsonNode> StatusAsync(int server, CancellationToken cancel)
    {
        using var answer = await Http.Client.PostAsJsonAsync($"{Url(_clientPorts[server])}/v3/maintenance/status", new { }, cancel);
        return await answer.Content.ReadFromJsonAsync<JsonNode>(cancel) ?? throw new BenchException("etcd tells no status");
    }

    private StoreTarget Call(int server, string method, string body) => new(
        new Uri($"{Url(_clientPorts[server])}/etcdserverpb.KV/{method}"), ["-d", body, "-H", "content-type: application/grpc", "-H", "te: trailers"]);

    private static string Url(int port) => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}");
}
