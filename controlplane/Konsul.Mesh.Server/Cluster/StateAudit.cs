using System.Collections.Concurrent;
using System.Collections.Immutable;
using Konsul.Mesh.Raft.Host;
using Konsul.Mesh.Raft.Host.Audit;
using Konsul.Mesh.Telemetry.Families;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Server.Cluster;

/// <summary>
/// Compares this server's state with the others' every few seconds. Whose state differs from what a majority has at the same index has gone wrong
/// and cannot go on: it takes itself out of service, for good. Where no majority agrees it is said, and an operator has to decide.
/// </summary>
internal sealed class StateAudit : IAsyncDisposable
{
    /// <summary>Between two looks; etcd is asked less often, for every look is a write there.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(2);

    public static readonly TimeSpan EveryInEtcd = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource _stopping = new();
    private readonly IAuditedLog _log;
    private readonly string _dataDirectory;
    private readonly TimeSpan _every;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly IDisposable _observed;
    private readonly ConcurrentDictionary<string, long> _seen = new(StringComparer.Ordinal);
    private Task _loop = Task.CompletedTask;
    private volatile DivergenceVerdict _verdict = DivergenceVerdict.Unknown;

    public StateAudit(IAuditedLog log, string dataDirectory, TimeSpan every, LogMetrics metrics, TimeProvider time, ILogger<StateAudit> logger)
    {
        (_log, _dataDirectory, _every, _time, _logger) = (log, dataDirectory, every, time, logger);
        _observed = metrics.ObserveAudit(() => (_verdict.Agreed, _verdict.Diverged.Count, _verdict.Disputed.Count));
    }

    /// <summary>Servers that must not be believed, by id; on an own server as much as on others.</summary>
    public ImmutableSortedSet<string> Distrusted => _verdict.Diverged.Union(_verdict.Disputed);

    /// <summary>Servers that have said something in the last three looks, by id.</summary>
    public IReadOnlySet<string> Alive() => _seen.Where(s => _time.GetElapsedTime(s.Value) < 3 * _every).Select(s => s.Key).ToHashSet(StringComparer.Ordinal);

    public void Start() => _loop = Task.Run(RunAsync);

    public async ValueTask DisposeAsync()
    {
        _observed.Dispose();
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        while (true)
        {
            try
            {
                await Task.Delay(_every, _time, _stopping.Token).ConfigureAwait(false);
                await LookAsync().ConfigureAwait(false);
            }
            catch (Exception e) when (_stopping.IsCancellationRequested || e is LogStoppedException)
            {
                // The server ends.
                return;
            }
            catch (Exception e)
            {
                // One look that fails must not be the last one.
                _logger.LogError(e, "The states of the servers could not be compared");
            }
        }
    }

    private async Task LookAsync()
    {
        var own = await _log.ReportAsync(_stopping.Token).ConfigureAwait(false);
        var others = await _log.ExchangeAsync(own, _stopping.Token).ConfigureAwait(false);
        foreach (var other in others)
            _seen[other.Server] = _time.GetTimestamp();
        var verdict = DivergenceJudge.Judge([own, .. others], own.Form, _log.Voters);
        Tell(verdict);
        _verdict = Remembered(verdict);
        if (verdict.Diverged.Contains(own.Server))
            await FenceAsync(own.Server, verdict.Agreed).ConfigureAwait(false);
    }

    /// <summary>One that was found wrong and says nothing any more is still wrong, until it is seen to be right or belongs no more.</summary>
    private DivergenceVerdict Remembered(DivergenceVerdict verdict) =>
        verdict with { Diverged = [.. _verdict.Diverged.Where(_log.IsMember).Except(verdict.Equal).Union(verdict.Diverged)] };

    private void Tell(DivergenceVerdict verdict)
    {
        var before = _verdict;
        foreach (var server in verdict.Diverged.Except(before.Diverged))
            _logger.LogCritical("The state of server {Server} differs from the majority's at entry {Index} or before: it is wrong", server, verdict.Agreed);
        if (!verdict.Disputed.IsEmpty && !verdict.Disputed.SetEquals(before.Disputed))
            _logger.LogCritical("The states of servers {Servers} differ at the same entry, and no majority tells which is right", string.Join(", ", verdict.Disputed));
    }

    /// <summary>The others must see the difference for themselves, to raise the alarm, so they get the time of a look and a half.</summary>
    private async Task FenceAsync(string server, ulong index)
    {
        await Task.Delay(1.5 * _every, _time, _stopping.Token).ConfigureAwait(false);
        var reason = $"Server {server} is fenced: its state differs from the majority's at entry {index} or before, so it serves nothing any more."
            + $" Remove {_dataDirectory} and start it again; it then joins as a new server with the majority's state.";
        try
        {
            FenceFile.Write(_dataDirectory, reason);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _logger.LogError("That could not be written down for the next start: {Reason}", e.Message);
        }

        _log.Fence(reason);
    }
}
