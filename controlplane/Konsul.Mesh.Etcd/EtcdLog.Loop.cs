using Konsul.Mesh.Etcd.Client;
using Konsul.Mesh.Raft.Host;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Etcd;

/// <summary>The owner loop: it alone touches the replica, the queues and the flags below.</summary>
public sealed partial class EtcdLog
{
    private static readonly TimeSpan SweepEvery = TimeSpan.FromMilliseconds(500);

    private readonly List<Task> _running = [];
    private bool _closing;

    private void Start()
    {
        _ = RunAsync();
        foreach (var run in new Func<CancellationToken, Task>[] { _session.RunAsync, WatchAsync, CheckAsync })
        {
            _running.Add(Task.Run(() => GuardAsync(run)));
        }
    }

    private async Task RunAsync()
    {
        try
        {
            using var sweep = _time.CreateTimer(_ => _mailbox.Writer.TryWrite(Sweep), null, SweepEvery, SweepEvery);
            while (!IsDone && await _mailbox.Reader.WaitToReadAsync().ConfigureAwait(false))
            {
                while (_mailbox.Reader.TryRead(out var happened))
                {
                    happened();
                }

                StartAppend();
                StartRead();
                StartSnapshot();
                Volatile.Write(ref _status, MakeStatus());
            }

            await StopAsync(null).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            await StopAsync(Stopped(e)).ConfigureAwait(false);
        }
    }

    private static LogStoppedException Stopped(Exception e) =>
        e as LogStoppedException ?? new LogStoppedException($"The log has stopped and the process must be started again: {e.Message}", e);

    /// <summary>Closing, and everybody has an answer: the command's, or that there is none in time.</summary>
    private bool IsDone => _closing && _waiting.Count == 0 && _inFlight?.Proposals.TrueForAll(p => p.Task.IsCompleted) is not false;

    /// <summary>Without one of these the log would look alive and not be.</summary>
    private async Task GuardAsync(Func<CancellationToken, Task> run)
    {
        try
        {
            await run(_stop.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (!_stop.IsCancellationRequested)
        {
            _mailbox.Writer.TryWrite(() => throw Stopped(e));
        }
    }

    /// <summary>Runs a call beside the loop; its end, or what it throws, comes back to the loop.</summary>
    private void Beside<T>(Func<Task<T>> call, Action<T> ended)
    {
        _ = Run();
        async Task Run()
        {
            try
            {
                var result = await call().ConfigureAwait(false);
                _mailbox.Writer.TryWrite(() => ended(result));
            }
            catch (Exception) when (_stop.IsCancellationRequested)
            {
                // The log ends; whoever waits has been told by that.
            }
            catch (Exception e)
            {
                _mailbox.Writer.TryWrite(() => throw Stopped(e));
            }
        }
    }

    /// <summary>Nobody waits for an etcd that does not answer for longer than the options say.</summary>
    private void Sweep()
    {
        var late = (long? since) => since is { } then && _time.GetElapsedTime(then) > _options.AnswerTimeout;
        _waiting.RemoveAll(p =>
        {
            if (!late(p.Since))
            {
                return false;
            }

            Release(p.Command.Length);
            p.Fail(new ProposalRefusedException(ProposalRefusal.Unavailable, $"{NoAnswer}; the command was not appended."));
            return true;
        });
        foreach (var proposal in _inFlight?.Proposals.Where(p => late(p.Since)) ?? [])
        {
            proposal.Fail(new TimeoutException($"{NoAnswer}; whether the command was appended is not known."));
        }

        _barriers.RemoveAll(b => Fail(b, late(b.Since)));
        _passing.RemoveAll(b => Fail(b, late(b.Since)));
        bool Fail(Barrier barrier, bool isLate)
        {
            if (isLate)
            {
                barrier.Fail(new TimeoutException($"{NoAnswer}; what is applied here may be old."));
            }

            return isLate;
        }
    }

    private string NoAnswer => $"etcd has not answered for {_options.AnswerTimeout.TotalSeconds:0.#} s";

    private void AnnounceLeadership() => LeadershipChanged?.Invoke(Status);

    private async Task StopAsync(LogStoppedException? failure)
    {
        Volatile.Write(ref _failure, failure ?? new LogStoppedException("The log is closed."));
        if (failure is not null)
        {
            _logger.LogCritical("{Message}", failure.Message);
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await (_snapshotting ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _mailbox.Writer.TryComplete();
        while (_mailbox.Reader.TryRead(out var happened))
        {
            try
            {
                happened();
            }
            catch (LogStoppedException e)
            {
                _logger.LogDebug("After the stop: {Message}", e.Message);
            }
        }

        foreach (var proposal in _waiting.Concat(_inFlight?.Proposals ?? []))
        {
            proposal.Fail(_failure);
        }

        _barriers.Concat(_passing).ToList().ForEach(b => b.Fail(_failure));
        _snapshotRequests.Concat(_snapshotWaiters).ToList().ForEach(w => w.TrySetException(_failure));
        _client.Dispose();
        _local.Dispose();
        var status = MakeStatus() with { Role = LogRole.Stopped, Leader = "", Failure = failure?.Message ?? "" };
        Volatile.Write(ref _status, status);
        LeadershipChanged?.Invoke(status);
        if (failure is null)
        {
            _completion.TrySetResult();
        }
        else
        {
            _completion.TrySetException(failure);
            _ = _completion.Task.Exception;
        }
    }

    private LogStatus WithLeadership(LogStatus status)
    {
        var view = _session.View;
        return status with { Role = view.Mine ? LogRole.Leader : LogRole.Follower, Term = (ulong)view.Term, Leader = view.Leader };
    }

    private LogStatus MakeStatus() => WithLeadership(new LogStatus
    {
        NodeId = _options.NodeId,
        Role = LogRole.Follower,
        FirstIndex = _cleaner.First,
        LastIndex = Math.Max(_highest, _replica.Applied),
        CommitIndex = Math.Max(_highest, _replica.Applied),
        AppliedIndex = _replica.Applied,
        SnapshotIndex = _snapshot?.Index ?? 0,
        SnapshotBytes = _snapshot?.Bytes ?? 0,
        LogBytes = _bytesSinceSnapshot,
        Syncs = _appends,
        DiskFull = _diskFull,
    });
}
