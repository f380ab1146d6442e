using Konsul.Mesh.Raft.Host;
using Konsul.Mesh.Server.Cluster;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Server.HealthChecks;

/// <summary>
/// While this server leads, it runs the checks of nodes whose own server is dead or was taken out, so that what was registered through that server
/// is still looked at. Starts and stops with leadership. Nothing is inherited: every TTL begins anew, at the earliest when this server has led for
/// long enough to know who is dead, so a change of leader never lets one expire early.
/// </summary>
internal sealed class OrphanCare : IAsyncDisposable
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stopping = new();
    private readonly Dictionary<string, HealthCheckService> _caredFor = new(StringComparer.Ordinal);
    private readonly ReplicatedState _state;
    private readonly ServerNodes _servers;
    private readonly LeaderTenure _tenure;
    private readonly Func<IReadOnlySet<string>> _alive;
    private readonly Func<string, HealthCheckService> _begin;
    private readonly TimeSpan _grace;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private Task _loop = Task.CompletedTask;
    private TaskCompletionSource _woken = NewSignal();

    /// <param name="state">With its log attached.</param>
    /// <param name="servers">The nodes of servers; others have nobody who runs their checks, as in Consul.</param>
    /// <param name="alive">Names of the servers that are not dead; asked while this server leads.</param>
    /// <param name="begin">Makes what runs the checks of a node.</param>
    /// <param name="grace">How long a new leader only listens, so that it knows who is dead.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Says whose checks are run.</param>
    public OrphanCare(
        ReplicatedState state, ServerNodes servers, Func<IReadOnlySet<string>> alive, Func<string, HealthCheckService> begin, TimeSpan grace,
        TimeProvider time, ILogger<OrphanCare> log) =>
        (_state, _servers, _alive, _begin, _grace, _time, _log, _tenure) = (state, servers, alive, begin, grace, time, log, new LeaderTenure(state, time));

    public void Start()
    {
        _state.Log.LeadershipChanged += OnLeadership;
        _loop = Task.Run(RunAsync);
    }

    public async ValueTask DisposeAsync()
    {
        _state.Log.LeadershipChanged -= OnLeadership;
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _stopping.Dispose();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void OnLeadership(LogStatus status) => Volatile.Read(ref _woken).TrySetResult();

    private async Task RunAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            var woken = Volatile.Read(ref _woken);
            await SetAsync(Orphans()).ConfigureAwait(false);
            try
            {
                await woken.Task.WaitAsync(LookEvery, _time, _stopping.Token).ConfigureAwait(false);
                Volatile.Write(ref _woken, NewSignal());
            }
            catch (Exception e) when (e is TimeoutException or OperationCanceledException)
            {
                // The next look, or the end.
            }
        }

        await SetAsync([]).ConfigureAwait(false);
    }

    /// <summary>The nodes to look after; none while this server does not lead, or not for long enough.</summary>
    private HashSet<string> Orphans()
    {
        if (_tenure.Elapsed() is not { } led || led < _grace)
            return [];
        var alive = _alive();
        return [.. _servers.In(_state.View.Catalog).Where(n => n != _state.NodeName && !alive.Contains(n))];
    }

    private async Task SetAsync(HashSet<string> orphans)
    {
        foreach (var (node, checks) in _caredFor.Where(c => !orphans.Contains(c.Key)).ToList())
        {
            _caredFor.Remove(node);
            await checks.DisposeAsync().ConfigureAwait(false);
        }

        foreach (var node in orphans.Where(n => !_caredFor.ContainsKey(n)))
        {
            _log.LogWarning("The server of node {Node} is gone: its checks are run from here", node);
            var checks = _caredFor[node] = _begin(node);
            checks.Start();
        }
    }
}
