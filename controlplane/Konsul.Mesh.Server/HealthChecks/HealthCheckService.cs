using Konsul.Mesh.Model;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Server.Cluster;
using Konsul.Mesh.State.Events;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Server.HealthChecks;

/// <summary>
/// Keeps what runs equal to what the catalog lists for one node, mostly the own one: new checks start, changed ones are told, removed ones stop. A change of
/// the catalog only leaves word; one loop does the comparing, however many changes came meanwhile.
/// </summary>
internal sealed class HealthCheckService : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim _changed = new(1, 1);
    private readonly Dictionary<string, HealthCheck> _seen = new(StringComparer.Ordinal);
    private readonly ReplicatedState _state;
    private readonly string _node;
    private readonly Func<HealthCheck, Node?, bool> _isReachable;
    private readonly CheckScheduler _scheduler;
    private readonly CheckReporter _reporter;
    private readonly HttpProbe _http = new();
    private readonly ProbeRunner _probes;
    private readonly CriticalReaper _reaper;
    private readonly ILogger _log;
    private Task _loop = Task.CompletedTask;

    /// <param name="state">Where the checks are, and their results go.</param>
    /// <param name="node">Whose checks.</param>
    /// <param name="isReachable">Whether a check can be run here; others are left as they are.</param>
    /// <param name="time">The clock.</param>
    /// <param name="random">Spreads the first looks.</param>
    /// <param name="loggers">Of what it consists of.</param>
    /// <param name="runScripts">Whether checks may run programs of this machine.</param>
    public HealthCheckService(
        ReplicatedState state, string node, Func<HealthCheck, Node?, bool> isReachable, TimeProvider time, IRandom random, ILoggerFactory loggers,
        bool runScripts = false)
    {
        (_state, _node, _isReachable) = (state, node, isReachable);
        _log = loggers.CreateLogger<HealthCheckService>();
        _scheduler = new CheckScheduler(time);
        _reporter = new CheckReporter(state, loggers.CreateLogger<CheckReporter>());
        var probes = new Dictionary<string, IProbe>(StringComparer.Ordinal)
        {
            [CheckKind.Http] = _http,
            [CheckKind.Tcp] = new TcpProbe(check => state.View.Catalog.Instance(check.Node, check.ServiceId)?.Port ?? 0),
            [CheckKind.Udp] = new UdpProbe(time),
            [CheckKind.Grpc] = new GrpcProbe(),
            [CheckKind.H2Ping] = new H2PingProbe(),
        };
        if (runScripts)
            probes[CheckKind.Script] = new ScriptProbe();
        _probes = new ProbeRunner(_scheduler, probes, _reporter, random, time, _stopping.Token);
        _reaper = new CriticalReaper(_scheduler, _reporter, () => state.View.Catalog, loggers.CreateLogger<CriticalReaper>(), _stopping.Token);
        Ttl = new TtlExpiry(_scheduler, _reporter, check => state.View.Catalog.Check(check.Node, check.CheckId), _stopping.Token);
    }

    public TtlExpiry Ttl { get; }

    public int Scheduled => _scheduler.Count;

    public void Start()
    {
        _state.Changed += OnChanged;
        _loop = RunAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _state.Changed -= OnChanged;
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _scheduler.Dispose();
        _probes.Dispose();
        _http.Dispose();
        _changed.Dispose();
        _stopping.Dispose();
    }

    private void OnChanged(StateChange change)
    {
        var (before, after) = (change.Before.Catalog, change.After.Catalog);
        if (change.Restored || before.ChecksIndex != after.ChecksIndex || before.ServicesIndex != after.ServicesIndex)
            Wake();
    }

    private void Wake()
    {
        try
        {
            _changed.Release();
        }
        catch (SemaphoreFullException)
        {
            // Word is already left.
        }
    }

    private async Task RunAsync()
    {
        var recovered = true;
        try
        {
            while (true)
            {
                await _changed.WaitAsync(_stopping.Token).ConfigureAwait(false);
                var catalog = _state.View.Catalog;
                var node = catalog.Node(_node);
                Compare(catalog.Checks(_node).Where(c => _isReachable(c, node)), recovered);
                recovered = false;
                await _reporter.ReportAsync([.. AliasFollower.Stale(catalog, _node)], _stopping.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            return;
        }
        catch (Exception e)
        {
            _log.LogCritical(e, "Health checks have stopped");
        }
    }

    private void Compare(IEnumerable<HealthCheck> checks, bool recovered)
    {
        var gone = new HashSet<string>(_seen.Keys, StringComparer.Ordinal);
        foreach (var check in checks)
        {
            gone.Remove(check.CheckId);
            if (_seen.TryGetValue(check.CheckId, out var before) && ReferenceEquals(before, check))
                continue;
            _seen[check.CheckId] = check;
            _probes.Updated(check, recovered);
            Ttl.Updated(check);
            _reaper.Updated(check);
        }

        foreach (var id in gone)
        {
            _seen.Remove(id, out var check);
            _probes.Removed(check!);
            Ttl.Removed(check!);
            _reaper.Removed(check!);
        }
    }
}
