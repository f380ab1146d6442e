using System.Collections.Immutable;
using Konsul.Mesh.Raft.Host.Snapshots;
using Konsul.Mesh.Raft.Membership;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Raft.Host.Consensus;

/// <summary>The three loops and what they hand each other.</summary>
public sealed partial class ConsensusLog
{
    /// <summary>After a pause of the process so many ticks are made up for before the mail that came meanwhile is looked at; the rest is let go:
    /// nothing that is safe depends on them, and a burst of them would start an election that the mail makes needless.</summary>
    private const int MaxTicksAtOnce = 3;

    private const int TicksPerReport = 5;
    private List<Action> _batch = [];
    private long _nextTick;
    private long _nextReport;
    private int _running;

    /// <summary>Else it was closed.</summary>
    private volatile bool _hasFailed;
    private long _leaderHeard;
    private ulong _leaderId;

    /// <summary>Ends it, but does not wait for that.</summary>
    internal void Close() => Stop(null);

    /// <summary>Why it has stopped; null while it runs.</summary>
    internal LogStoppedException? Failure => Volatile.Read(ref _failure);

    /// <summary>Belongs to the owner's loop.</summary>
    internal NodeDriver Driver => _driver;

    /// <summary>How much waits for a loop.</summary>
    internal int WaitingFor(LogLoop loop) => loop switch
    {
        LogLoop.Owner => _mailbox.Count,
        LogLoop.Append => _append.Waiting,
        _ => _apply.Waiting,
    };

    /// <summary>When the owner's loop must run even if nothing waits for it.</summary>
    internal TimeSpan UntilNextTick()
    {
        var left = _nextTick - _time.GetTimestamp();

        // Whole milliseconds upwards: a wait is cut to them, and a wait of none would spin.
        return left <= 0 ? TimeSpan.Zero : TimeSpan.FromMilliseconds(Math.Ceiling(1000.0 * left / _time.TimestampFrequency));
    }

    private void StartLoops()
    {
        // Also what comes in or is read may find that the disk fails, and nothing may be left to write that would notice.
        _storage.OnFailure = Stop;
        (_running, _nextTick, _nextReport) = (3, _time.GetTimestamp(), _time.GetTimestamp());
        _runner.Loop(LogLoop.Owner, mayWait => Guard(OwnerTurn, mayWait));
        _runner.Loop(LogLoop.Append, mayWait => Guard(_append.TakeTurn, mayWait));
        _runner.Loop(LogLoop.Apply, mayWait => Guard(_apply.TakeTurn, mayWait));
        if (_driver.Members.Voters is [var only] && only == NodeId)
        {
            Post(_driver.StandAlone);
        }
    }

    /// <summary>One turn of a loop; its error, or its end, ends the others.</summary>
    private bool Guard(Func<bool, bool> turn, bool mayWait)
    {
        try
        {
            if (turn(mayWait))
            {
                return true;
            }

            Stop(null);
        }
        catch (Exception e)
        {
            Stop(e as LogStoppedException ?? new LogStoppedException($"The log has stopped and the process must be started again: {e.Message}", e));
        }

        if (Interlocked.Decrement(ref _running) == 0)
        {
            Finish();
        }

        return false;
    }

    private bool OwnerTurn(bool mayWait)
    {
        if (!_mailbox.Take(ref _batch, mayWait ? UntilNextTick() : TimeSpan.Zero))
        {
            return false;
        }

        foreach (var work in _batch)
        {
            work();
        }

        var now = _time.GetTimestamp();
        var step = (long)(_options.Tick.TotalSeconds * _time.TimestampFrequency);
        for (var i = 0; i < MaxTicksAtOnce && now >= _nextTick; i++, _nextTick += step)
        {
            _driver.Tick();
        }

        _nextTick = Math.Max(_nextTick, now - step);
        _driver.Pump();
        Volatile.Write(ref _status, MakeStatus());
        if (now >= _nextReport)
        {
            _nextReport = now + (step * TicksPerReport);
            PublishConsensus();
        }

        return true;
    }

    private void Stop(LogStoppedException? failure)
    {
        if (Interlocked.CompareExchange(ref _failure, failure ?? new LogStoppedException("The log is closed."), null) is null)
        {
            if (failure is not null)
            {
                _hasFailed = true;
                _logger.LogCritical("{Message}", failure.Message);
            }

            _closing.Cancel();
        }

        _mailbox.Close();
        _append.Close();
        _apply.Close();
        _proposals.Close(_failure);
        _waiters.FailAll(_failure);
    }

    /// <summary>The last of the three threads.</summary>
    private void Finish()
    {
        _driver.Close(_failure!);
        _storage.Dispose();
        var status = MakeStatus() with { Role = LogRole.Stopped, Leader = "", Failure = _hasFailed ? _failure!.Message : "" };
        Volatile.Write(ref _status, status);
        LeadershipChanged?.Invoke(status);
        if (_hasFailed)
        {
            _completion.TrySetException(_failure!);
            _ = _completion.Task.Exception;
        }
        else
        {
            _completion.TrySetResult();
        }
    }

    /// <summary>Only what is told from here on may be relied on, say to shut down a server that was removed.</summary>
    private void MembersAreDurable(ulong index)
    {
        _configurationIndex = index;
        PublishConsensus();
        _driver.SettleChanges();
    }

    private LogStatus MakeStatus() => new()
    {
        NodeId = ServerId.Format(NodeId),
        Role = _driver.IsLeader ? LogRole.Leader : LogRole.Follower,
        Term = _driver.Term,
        Leader = _driver.Leader == 0 ? "" : ServerId.Format(_driver.Leader),
        CommitIndex = _storage.HardState.Commit,
    };

    private TimeSpan? SinceLeaderContact(LogStatus status) => status switch
    {
        { Role: LogRole.Leader } => TimeSpan.Zero,
        _ when Volatile.Read(ref _leaderHeard) is var heard and not 0 => _time.GetElapsedTime(heard),
        _ => null,
    };

    private sealed class Effects(ConsensusLog log) : INodeEffects
    {
        public void Append(Message message)
        {
            if (message.Snapshot is { } snapshot)
            {
                log.Claim(snapshot);
            }

            log._recorder.Appending(message);
            log._append.Post(message);
        }

        public void Apply(Message message) => log._apply.Post(message);

        public void Send(Message message) => log._peers.Send(message);

        public void Forward(ulong leader, ulong term, IReadOnlyList<PendingProposal> proposals) => _ = log.ForwardAsync(leader, term, proposals);

        public void LeadershipChanged()
        {
            log._recorder.Changed(log._driver.Role, log._driver.Leader, log._driver.Term);
            Volatile.Write(ref log._leaderId, log._driver.Leader);
            var status = log.MakeStatus();
            Volatile.Write(ref log._status, status);
            log.LeadershipChanged?.Invoke(log.Status);
        }
    }

    private sealed class AppendSide(ConsensusLog log) : IAppendHost
    {
        public void Answer(Message answer)
        {
            if (answer.To == log.NodeId)
            {
                log.Post(() => log._driver.Local(answer));
            }
            else
            {
                log._peers.Send(answer);
            }
        }

        public StagedSnapshot? TakeReceived(Snapshot snapshot) => log.TakeReceived(snapshot);

        public void RestoreState() => log.RestoreState();

        public void DiskFull(bool isFull) => log.DiskFull(isFull);

        public bool Pause(TimeSpan time) => log._runner.Pause(time, log._closing.Token);
    }

    private sealed class ApplySide(ConsensusLog log) : IApplyHost
    {
        /// <summary>By an entry that the core knows to be applied, and the disk not yet to be committed; 0 for none.</summary>
        private ulong _membersChangedAt;

        public ConfState ApplyConfChange(ConfChange change, ulong index)
        {
            var done = new TaskCompletionSource<ConfState>();
            if (!log.Post(() =>
            {
                done.SetResult(log._driver.ApplyConfChange(change, index));
                log.PublishConsensus();
            }))
            {
                throw log.Ended();
            }

            _membersChangedAt = index;
            if (!log._options.Rules.HasFlag(HostRules.MembersBeforeApply))
            {
                return log._driver.Members;
            }

            log._runner.Wait(done.Task, log._closing.Token);
            return done.Task.GetAwaiter().GetResult();
        }

        public void Applied(int entries, long bytes, ulong term, ImmutableArray<Message> answers)
        {
            log.Post(() =>
            {
                foreach (var answer in answers)
                {
                    log._driver.Local(answer);
                }

                log._driver.Applied(term);
            });
            if (_membersChangedAt is var index and not 0)
            {
                _membersChangedAt = 0;
                log._append.Persist(() => log.Post(() => log.MembersAreDurable(index)));
            }

            log.SnapshotIfDue(entries, bytes);
        }
    }
}
