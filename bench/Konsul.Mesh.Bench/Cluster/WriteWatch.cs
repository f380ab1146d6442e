using System.Net;
using System.Net.Sockets;
using Konsul.Mesh.Bench.Pairs;

namespace Konsul.Mesh.Bench.Cluster;

/// <summary>
/// A client that writes without pause, one write at a time, and keeps the longest time between two writes that succeeded. It goes on at the next
/// server when its own is gone, as clients do that know several.
/// </summary>
internal sealed class WriteWatch(KonsulCluster cluster, int first, TimeProvider time) : IDisposable
{
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(10) };
    private readonly string _key = $"kv/gap-{first}";
    private int _server = first;

    public TimeSpan LongestGap { get; private set; }

    /// <summary>Writes that a server answered with anything but success.</summary>
    public int Refused { get; private set; }

    /// <summary>Writes that were sent and never answered: the client cannot know their outcome.</summary>
    public int CutOff { get; private set; }

    /// <summary>Connections that nobody took. Nothing was sent, so that is no error: the next server takes the write.</summary>
    public int TurnedAway { get; private set; }

    public async Task RunAsync(CancellationToken until)
    {
        var last = time.GetTimestamp();
        while (!until.IsCancellationRequested)
        {
            if (!await WriteAsync(until))
            {
                continue;
            }

            var gap = time.GetElapsedTime(last);
            LongestGap = gap > LongestGap ? gap : LongestGap;
            last = time.GetTimestamp();
        }
    }

    public void Dispose() => _client.Dispose();

    private async Task<bool> WriteAsync(CancellationToken until)
    {
        try
        {
            using var value = new ByteArrayContent("x"u8.ToArray());
            using var answer = await _client.PutAsync(new Uri(cluster.Api(_server), _key), value, CancellationToken.None);
            if (answer.StatusCode != HttpStatusCode.OK)
            {
                Refused++;
                return false;
            }

            return true;
        }
        catch (HttpRequestException e) when (e.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionRefused })
        {
            TurnedAway++;
            _server = (_server + 1) % IStoreCluster.Servers;
            return false;
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            CutOff++;
            _server = (_server + 1) % IStoreCluster.Servers;
            return false;
        }
    }
}
