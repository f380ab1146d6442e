using System.Collections.Concurrent;

namespace Konsul.Mesh.Proxy.Core.Tests;

/// <summary>Clients that send one request after the other until stopped, and keep what went wrong.</summary>
internal sealed class Load : IAsyncDisposable
{
    private const int Clients = 8;
    private readonly HttpClient _client;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<string> _failures = new();
    private readonly Task _running;
    private volatile List<(string Answer, TaskCompletionSource Seen)> _waiting = [];

    private Load(int port)
    {
        _client = Sidecar.Client(port);
        _running = Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => Task.Run(RunAsync)));
    }

    public static Load Start(int port) => new(port);

    /// <summary>Waits for these answers, one after the other.</summary>
    public async Task SeeAsync(params string[] answers)
    {
        foreach (var answer in answers)
        {
            var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting = [(answer, seen)];
            await seen.Task.WaitAsync(TimeSpan.FromSeconds(30));
        }
    }

    /// <returns>What failed.</returns>
    public async Task<IReadOnlyCollection<string>> StopAsync()
    {
        await _stop.CancelAsync();
        await _running;
        return _failures;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _client.Dispose();
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                using var response = await _client.GetAsync("/");
                var text = await response.Content.ReadAsStringAsync();
                if (!response.IsSuccessStatusCode)
                {
                    _failures.Enqueue($"{(int)response.StatusCode} {text}");
                }

                foreach (var (answer, seen) in _waiting)
                {
                    if (answer == text)
                    {
                        seen.TrySetResult();
                    }
                }
            }
            catch (Exception e)
            {
                _failures.Enqueue(e.ToString());
            }
        }
    }
}
