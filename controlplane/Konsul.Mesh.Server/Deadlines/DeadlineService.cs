using System.Threading.Channels;
using Konsul.Mesh.Raft.Host;
using Konsul.Mesh.Server.Cluster;
using Konsul.Mesh.Server.HealthChecks;
using Konsul.Mesh.Server.Http;
using Konsul.Mesh.State.Commands;
using Konsul.Mesh.State.Deadlines;
using Konsul.Mesh.State.Events;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Server.Deadlines;

/// <summary>
/// While this server leads, it measures the time of everything that ends by itself (sessions, keys with a TTL, lock-delays) and proposes the end. The
/// times are this process's, by its monotonic clock: a new leader gives everything its whole time again, so nothing ends early.
/// </summary>
internal sealed class DeadlineService : IAsyncDisposable
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stopping = new();
    private readonly Channel<Due> _due = Channel.CreateUnbounded<Due>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Lock _lock = new();
    private readonly Dictionary<(DeadlineKind, string), Due> _armed = [];
    private readonly ReplicatedState _state;
    private readonly CheckScheduler _scheduler;
    private readonly ILogger _log;
    private Task _loop = Task.CompletedTask;
    private long _turn;
    private ulong _term;
    private bool _leads;

    /// <summary>A deadline and the turn in which its time began: one that was renewed after its time was over, and before its end, has another.</summary>
    private sealed record Due(Deadline Deadline, long Turn);

    public DeadlineService(ReplicatedState state, TimeProvider time, ILogger<DeadlineService> log) =>
        (_state, _scheduler, _log) = (state, new CheckScheduler(time), log);

    /// <summary>How many times are being measured.</summary>
    public int Armed
    {
        get
        {
            lock (_lock)
            {
                return _armed.Count;
            }
        }
    }

    /// <summary>Once the state has its log.</summary>
    public void Start()
    {
        _state.Changed += OnChanged;
        _state.Log.LeadershipChanged += OnLeadership;
        OnLeadership(_state.Log.Status);
        _loop = Task.Run(RunAsync);
    }

    public async ValueTask DisposeAsync()
    {
        _state.Changed -= OnChanged;
        _state.Log.LeadershipChanged -= OnLeadership;
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _scheduler.Dispose();
        _stopping.Dispose();
    }

    /// <summary>Gives a session its whole time again.</summary>
    /// <param name="key">Its id with its namespace.</param>
    /// <returns>False when this server does not lead, so that its word counts for nothing.</returns>
    public bool Renew(string key)
    {
        lock (_lock)
        {
            if (_leads && _armed.TryGetValue((DeadlineKind.Session, key), out var armed))
                Arm(armed.Deadline, armed.Deadline.After);
            return _leads;
        }
    }

    private void OnLeadership(LogStatus status)
    {
        lock (_lock)
        {
            var leads = status.Role == LogRole.Leader;
            if (leads == _leads && (!leads || status.Term == _term))
                return;
            (_leads, _term) = (leads, status.Term);
            foreach (var armed in _armed.Values)
                _scheduler.Cancel(NameOf(armed.Deadline));
            _armed.Clear();
            if (!leads)
                return;
            foreach (var deadline in _state.View.Deadlines)
                Begin(deadline);
        }
    }

    private void OnChanged(StateChange change)
    {
        lock (_lock)
        {
            if (_leads)
                change.VisitDeadlines(Over, Begin);
        }
    }

    private void Begin(Deadline deadline) => Arm(deadline, deadline.After);

    private void Over(Deadline deadline)
    {
        // It may have begun anew, and this be told of the old one.
        if (_armed.TryGetValue((deadline.Kind, deadline.Key), out var armed) && armed.Deadline.Since == deadline.Since)
        {
            _armed.Remove((deadline.Kind, deadline.Key));
            _scheduler.Cancel(NameOf(deadline));
        }
    }

    private void Arm(Deadline deadline, TimeSpan after)
    {
        var due = new Due(deadline, ++_turn);
        _armed[(deadline.Kind, deadline.Key)] = due;
        _scheduler.Set(NameOf(deadline), after, () => _due.Writer.TryWrite(due));
    }

    private static string NameOf(Deadline deadline) => $"{deadline.Kind} {deadline.Key}";

    private async Task RunAsync()
    {
        var due = new List<Due>(Expire.MaxDue);
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await _due.Reader.WaitToReadAsync(_stopping.Token).ConfigureAwait(false);
                due.Clear();
                while (due.Count < Expire.MaxDue && _due.Reader.TryRead(out var next))
                    due.Add(next);
                await EndAsync(due).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception e)
            {
                _log.LogError(e, "What has run out could not be ended; it is tried again");
                Retry(due);
            }
        }
    }

    private async Task EndAsync(List<Due> due)
    {
        try
        {
            // One that no longer leads must not end what was renewed with its successor: the barrier finds that out.
            await _state.BarrierAsync(_stopping.Token).ConfigureAwait(false);
            if (_state.Log.Status.Role != LogRole.Leader)
                return;
            await _state.TryProposeAsync(new Expire { Due = [.. Current(due).Select(d => d.Deadline)] }, _stopping.Token).ConfigureAwait(false);
        }
        catch (ApiException e)
        {
            _log.LogWarning("What has run out cannot be ended now: {Reason}", e.Message);
            Retry(due);
        }
    }

    private void Retry(List<Due> due)
    {
        lock (_lock)
        {
            foreach (var (deadline, _) in Current(due))
                Arm(deadline, RetryAfter);
        }
    }

    /// <summary>Those that were not renewed, begun anew or ended since their time was over.</summary>
    private List<Due> Current(List<Due> due)
    {
        lock (_lock)
        {
            return due.FindAll(d => _leads && _armed.TryGetValue((d.Deadline.Kind, d.Deadline.Key), out var armed) && armed.Turn == d.Turn);
        }
    }
}
