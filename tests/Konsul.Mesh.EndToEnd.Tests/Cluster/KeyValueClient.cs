using System.Globalization;
using System.Net;
using Konsul.Mesh.TestKit;
using Konsul.Mesh.TestKit.Linearizability;
using Konsul.Mesh.TestKit.Linearizability.Models;

namespace Konsul.Mesh.EndToEnd.Tests.Cluster;

/// <summary>One client of one server: puts and gets over one kept-alive connection, each recorded as what the client learned of it.</summary>
/// <param name="number">Of this client.</param>
/// <param name="server">Its HTTP API.</param>
/// <param name="prefix">Of all keys; ends with a slash.</param>
/// <param name="history">Where it is recorded.</param>
internal sealed class KeyValueClient(int number, Uri server, string prefix, HistoryRecorder<KeyValueInput, KeyValueOutput> history) : IDisposable
{
    public const int SharedKeys = 4;

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(3);
    private readonly HttpClient _http = new() { BaseAddress = server, Timeout = Timeout };
    private readonly Dictionary<string, string> _acknowledged = [];
    private readonly Dictionary<string, int> _failures = [];
    private readonly List<long> _putAt = [];
    private int _puts;
    private int _unknown;

    /// <summary>Acknowledged puts to keys that nobody else writes: each must be there in the end. Read it when the client has stopped.</summary>
    public IReadOnlyDictionary<string, string> Acknowledged => _acknowledged;

    /// <summary>What went wrong and how often. Read it when the client has stopped.</summary>
    public IReadOnlyDictionary<string, int> Failures => _failures;

    public int Puts => Volatile.Read(ref _puts);

    public int UnknownPuts => Volatile.Read(ref _unknown);

    /// <summary>When the puts were acknowledged, timestamps of the system's clock. Read it when the client has stopped.</summary>
    public IReadOnlyList<long> PutAt => _putAt;

    public static string SharedKey(string prefix, int key) => string.Create(CultureInfo.InvariantCulture, $"{prefix}shared-{key}");

    public void Dispose() => _http.Dispose();

    /// <summary>Works until <paramref name="stop"/>; the operation on its way is not cancelled. After a failure it waits for a leader.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        for (var i = 0; !stop.IsCancellationRequested; i++)
        {
            // Neighbours start at other keys and other actions, so that all pairs meet.
            var key = SharedKey(prefix, (i + number) % SharedKeys);
            var value = string.Create(CultureInfo.InvariantCulture, $"{number}-{i}");
            var done = (((i / SharedKeys) + number) % 5) switch
            {
                0 or 1 => await PutAsync(key, value),
                2 => await PutOwnAsync(value),
                3 => await GetAsync(key, "?raw"),
                _ => await GetAsync(key, "?consistent&raw"),
            };
            if (!done)
            {
                await WaitForLeaderAsync(stop);
            }
        }
    }

    /// <summary>False if the put failed: it may have happened.</summary>
    public async Task<bool> PutAsync(string key, string value)
    {
        using var body = new StringContent(value);
        var call = history.Begin(number, KeyValueInput.Put(key, value));
        var answer = await SendAsync(() => _http.PutAsync("/v1/kv/" + key, body));
        if (answer is not (HttpStatusCode.OK, "true"))
        {
            call.Unknown();
            Interlocked.Increment(ref _unknown);
            return false;
        }

        call.End(KeyValueOutput.Done);
        _putAt.Add(TimeProvider.System.GetTimestamp());
        Interlocked.Increment(ref _puts);
        return true;
    }

    /// <summary>False if the get failed.</summary>
    public async Task<bool> GetAsync(string key, string query)
    {
        var call = history.Begin(number, KeyValueInput.Get(key));
        switch (await SendAsync(() => _http.GetAsync("/v1/kv/" + key + query)))
        {
            case (HttpStatusCode.OK, var value):
                call.End(KeyValueOutput.Got(value));
                return true;
            case (HttpStatusCode.NotFound, _):
                call.End(KeyValueOutput.Got(null));
                return true;
            default:
                call.DidNotHappen();
                return false;
        }
    }

    private async Task<bool> PutOwnAsync(string value)
    {
        var key = prefix + "own-" + value;
        if (!await PutAsync(key, value))
        {
            return false;
        }

        _acknowledged.Add(key, value);
        return true;
    }

    private async Task<(HttpStatusCode Status, string Text)> SendAsync(Func<Task<HttpResponseMessage>> send)
    {
        string failure;
        try
        {
            using var answer = await send();
            var text = await answer.Content.ReadAsStringAsync(CancellationToken.None);
            if (answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.NotFound)
            {
                return (answer.StatusCode, text);
            }

            failure = $"{(int)answer.StatusCode} {text}";
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            failure = "lost connection";
        }
        catch (OperationCanceledException)
        {
            failure = "timeout";
        }

        _failures[failure] = _failures.GetValueOrDefault(failure) + 1;
        return default;
    }

    // A server that is away would else give nothing but unknown writes, which say little and cost the checker much.
    private async Task WaitForLeaderAsync(CancellationToken stop)
    {
        try
        {
            await Eventually.HoldsAsync(
                $"{server} knows a leader", async () => await _http.GetStringAsync("/v1/status/leader", stop) != "\"\"", cancellation: stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The test is over.
        }
    }
}
