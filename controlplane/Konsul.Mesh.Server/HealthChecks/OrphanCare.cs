using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Raft.Host;
using Konsul.Mesh.Server.Cluster;
using Konsul.Mesh.State.Catalog;
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
    private readonly Func<Node, bool> _isServers;
    private readonly Func<IReadOnlySet<string>> _alive;
    private readonly Func<string, HealthCheckService> _begin;
    private readonly TimeSpan _grace;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private Task _loop = Task.CompletedTask;
    private TaskCompletionSource _woken = NewSignal();
    private long? _leadingSince;
    private ulong _leadingTerm;
    private IReadOnlyList<string> _serverNodes = [];
    private ulong _nodesIndex;

    /// <param name="state">With its log attached.</param>
    /// <param name="isServers">Whether a node is, or was, that of a server; others have nobody who runs their checks, as in Consul.</param>
    /// <param name="alive">Names of the servers that are not dead; asked while this server leads.</param>
    /// <param name="begin">Makes what runs the checks of a node.</param>
    /// <param name="grace">How long a new leader only listens, so that it knows who is dead.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Says whose checks are run.</param>
    public OrphanCare(
        ReplicatedState state, Func<Node, bool> isServers, Func<IReadOnlySet<string>> alive, Func<string, HealthCheckService> begin, TimeSpan grace,
        TimeProvider time, ILogger<OrphanCare> log) =>
        (_state, _isServers, _alive, _begin, _grace, _time, _log) = (state, isServers, alive, begin, grace, time, log);

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
        var status = _state.Log.Status;
        if (status.Role != LogRole.Leader)
        {
            _leadingSince = null;
            return [];
        }

        if (_leadingSince is not { } since || _leadingTerm != status.Term)
        {
            (_leadingSince, _leadingTerm) = (_time.GetTimestamp(), status.Term);
            return [];
        }

        if (_time.GetElapsedTime(since) < _grace)
            return [];
        var alive = _alive();
        return [.. ServerNodes(_state.View.Catalog).Where(n => n != _state.NodeName && !alive.Contains(n))];
    }

    /// <summary>Looked for only when a node has changed: there may be very many that are no servers'.</summary>
    private IReadOnlyList<string> ServerNodes(CatalogView catalog)
    {
        if (catalog.NodesIndex != _nodesIndex)
            (_serverNodes, _nodesIndex) = ([.. catalog.Nodes.Where(_isServers).Select(n => n.Name)], catalog.NodesIndex);
        return _serverNodes;
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
