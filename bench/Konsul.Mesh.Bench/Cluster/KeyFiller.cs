using System.Globalization;
using System.Net;

namespace Konsul.Mesh.Bench.Cluster;

/// <summary>Writes many keys, each once.</summary>
internal sealed class KeyFiller(KonsulCluster cluster, int keys, int valueBytes, TimeProvider time)
{
    private const int Clients = 128;
    private int _next;

    public async Task<TimeSpan> RunAsync(int server, CancellationToken cancel)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(30) };
        var started = time.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => FillAsync(client, server, cancel)));
        return time.GetElapsedTime(started);
    }

    private async Task FillAsync(HttpClient client, int server, CancellationToken cancel)
    {
        var value = new byte[valueBytes];
        for (int key; (key = Interlocked.Increment(ref _next) - 1) < keys;)
        {
            // No two values are equal, and none can be made small.
            new Random(key).NextBytes(value);
            using var content = new ByteArrayContent(value);
            using var answer = await client.PutAsync(new Uri(cluster.Api(server), string.Create(CultureInfo.InvariantCulture, $"kv/fill/{key:d9}")), content, cancel);
            if (answer.StatusCode != HttpStatusCode.OK)
            {
                throw new BenchException($"a key was refused: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(cancel)}");
            }
        }
    }
}
