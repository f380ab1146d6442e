using System.Collections.Concurrent;

namespace Konsul.Mesh.EndToEnd.Tests;

/// <summary>Steady requests to one address until disposed; every answer body and every failure is kept.</summary>
internal sealed class Load : IAsyncDisposable
{
    private const int Callers = 8;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<string, int> _answers = new();
    private readonly ConcurrentQueue<string> _failures = new();
    private readonly Task[] _callers;

    public Load(HttpClient client, string path = "/") => _callers = [.. Enumerable.Range(0, Callers).Select(_ => CallAsync(client, path))];

    public IReadOnlyDictionary<string, int> Answers => _answers;

    public IReadOnlyCollection<string> Failures => _failures;

    public int Total => _answers.Values.Sum();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_callers);
    }

    private async Task CallAsync(HttpClient client, string path)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                using var answer = await client.GetAsync(path, CancellationToken.None);
                var body = await answer.Content.ReadAsStringAsync(CancellationToken.None);
                if (answer.IsSuccessStatusCode)
                {
                    _answers.AddOrUpdate(body, 1, (_, count) => count + 1);
                }
                else
                {
                    _failures.Enqueue($"{(int)answer.StatusCode} {body}");
                }
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
            {
                _failures.Enqueue(e.ToString());
            }
        }
    }
}
