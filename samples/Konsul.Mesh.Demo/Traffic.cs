using System.Collections.Concurrent;
using System.Text.Json;

namespace Konsul.Mesh.Demo;

/// <summary>Steady traffic browser → web → api, until told to stop: who answered, and what failed.</summary>
internal sealed class Traffic : IAsyncDisposable
{
    private const int Callers = 4;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<string, int> _answers = new();
    private readonly ConcurrentQueue<string> _failures = new();
    private readonly Task[] _callers;

    public Traffic(HttpClient web) => _callers = [.. Enumerable.Range(0, Callers).Select(_ => CallAsync(web))];

    /// <summary>Requests answered, by instance of api.</summary>
    public IReadOnlyDictionary<string, int> Answers => _answers;

    public int Total => _answers.Values.Sum();

    public IReadOnlyCollection<string> Failures => _failures;

    public static async Task<string> InstanceAsync(HttpClient web, CancellationToken cancellation)
    {
        using var answer = await web.GetAsync("/", cancellation);
        var text = await answer.Content.ReadAsStringAsync(cancellation);
        return answer.IsSuccessStatusCode
            ? JsonDocument.Parse(text).RootElement.GetProperty("instance").GetString()!
            : throw new HttpRequestException($"{(int)answer.StatusCode} {text}");
    }

    public void ThrowOnFailures() =>
        StepFailedException.Unless(_failures.IsEmpty, $"{_failures.Count} requests failed, the first with: {_failures.FirstOrDefault()}");

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_callers);
        _stop.Dispose();
    }

    private async Task CallAsync(HttpClient web)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                // A request that was begun is always waited for: cancelling it would look like a failure.
                var instance = await InstanceAsync(web, CancellationToken.None);
                _answers.AddOrUpdate(instance, 1, (_, count) => count + 1);
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
            {
                _failures.Enqueue(e.Message);
            }
        }
    }
}
