using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Server.Cluster;
using Konsul.Mesh.State.Commands;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Server.HealthChecks;

/// <summary>While this server leads, it keeps the liveness checks of servers and sidecars true, by commands.</summary>
internal sealed class LivenessCare : IAsyncDisposable
{
    /// <summary>A server that was not heard of for so long is shown as gone. It is not taken out for that, so less will do than there.</summary>
    public static readonly TimeSpan DeadAfter = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    /// <summary>Checks in one command: a command has a size that it must not exceed.</summary>
    private const int MostAtOnce = 500;

    private readonly CancellationTokenSource _stopping = new();
    private readonly ReplicatedState _state;
    private readonly ServerNodes _servers;
    private readonly LeaderTenure _tenure;
    private readonly SidecarLiveness _sidecars;
    private readonly Func<IReadOnlySet<string>> _alive;
    private readonly Func<CancellationToken, Task<IReadOnlySet<ProxyKey>>>? _connected;
    private readonly TimeSpan _grace;
    private readonly CheckReporter _reporter;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private Task _loop = Task.CompletedTask;

    /// <param name="state">With its log attached.</param>
    /// <param name="servers">The nodes of servers.</param>
    /// <param name="alive">Names of the servers that were heard of lately; asked while this server leads.</param>
    /// <param name="connected">All sidecars that hold a stream; null where the servers cannot ask each other.</param>
    /// <param name="grace">How long a new leader only listens.</param>
    /// <param name="reporter">Writes what was found.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Says when it cannot go on.</param>
    public LivenessCare(
        ReplicatedState state, ServerNodes servers, Func<IReadOnlySet<string>> alive, Func<CancellationToken, Task<IReadOnlySet<ProxyKey>>>? connected,
        TimeSpan grace, CheckReporter reporter, TimeProvider time, ILogger<LivenessCare> log)
    {
        (_state, _servers, _alive, _connected, _grace, _reporter, _time, _log) = (state, servers, alive, connected, grace, reporter, time, log);
        (_tenure, _sidecars) = (new LeaderTenure(state, time), new SidecarLiveness(time));
    }

    public void Start() => _loop = Task.Run(RunAsync);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                await Task.Delay(LookEvery, _time, _stopping.Token).ConfigureAwait(false);
                if (_tenure.Elapsed() is { } led)
                    await LookAsync(led).ConfigureAwait(false);
                else
                    _sidecars.Forget();
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            return;
        }
        catch (Exception e)
        {
            _log.LogCritical(e, "Liveness is no longer followed");
        }
    }

    private async Task LookAsync(TimeSpan led)
    {
        if (led >= _grace)
        {
            var catalog = _state.View.Catalog;
            await _reporter.ReportAsync([.. NodeLiveness.Stale(catalog, _servers.In(catalog), _alive())], _stopping.Token).ConfigureAwait(false);
        }

        if (_connected is null)
            return;
        var connected = await _connected(_stopping.Token).ConfigureAwait(false);
        var (missing, stale) = _sidecars.Look(_state.View.Catalog, connected, led);
        foreach (var node in missing.GroupBy(c => c.Node, StringComparer.Ordinal))
        {
            foreach (var some in node.Chunk(MostAtOnce))
                await _reporter.ProposeAsync(Registration(node.Key, some), _stopping.Token).ConfigureAwait(false);
        }

        foreach (var some in stale.Chunk(MostAtOnce))
            await _reporter.ReportAsync(some, _stopping.Token).ConfigureAwait(false);
    }

    private static Register Registration(string node, HealthCheck[] checks) => new()
    {
        Node = new Node { Name = node, Address = "" },
        SkipNodeUpdate = true,
        Checks = [.. checks],
    };
}
