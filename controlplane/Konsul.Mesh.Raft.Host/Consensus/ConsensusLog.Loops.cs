using System.Collections.Immutable;
using Konsul.Mesh.Raft.Host.Snapshots;
using Konsul.Mesh.Raft.Membership;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Raft.Host.Consensus;

/// <summary>The three threads and what they hand each other.</summary>
public sealed partial class ConsensusLog
{
    /// <summary>After a pause of the process so many ticks are made up for before the mail that came meanwhile is looked at; the rest is let go:
    /// nothing that is safe depends on them, and a burst of them would start an election that the mail makes needless.</summary>
    private const int MaxTicksAtOnce = 3;

    private const int TicksPerReport = 5;
    private int _running;

    /// <summary>Else it was closed.</summary>
    private volatile bool _hasFailed;
    private long _leaderHeard;
    private ulong _leaderId;

    private void StartThreads()
    {
        _running = 3;
        Start("konsul-raft", RunOwner);
        Start("konsul-raft-disk", _append.Run);
        Start("konsul-raft-apply", _apply.Run);
        if (_driver.Members.Voters is [var only] && only == NodeId)
        {
            Post(_driver.StandAlone);
        }
    }

    private void Start(string name, Action run) => new Thread(() => Guard(run)) { IsBackground = true, Name = name }.Start();

    private void Guard(Action run)
    {
        try
        {
            run();
            Stop(null);
        }
        catch (Exception e)
        {
            Stop(e as LogStoppedException ?? new LogStoppedException($"The log has stopped and the process must be started again: {e.Message}", e));
        }
        finally
        {
            if (Interlocked.Decrement(ref _running) == 0)
            {
                Finish();
            }
        }
    }

    private void RunOwner()
    {
        var batch = new List<Action>();
        var next = _time.GetTimestamp();
        var publish = next;
        var step = (long)(_options.Tick.TotalSeconds * _time.TimestampFrequency);
        while (_mailbox.Take(ref batch, UntilNextTick(next)))
        {
            foreach (var work in batch)
            {
                work();
            }

            var now = _time.GetTimestamp();
            for (var i = 0; i < MaxTicksAtOnce && now >= next; i++, next += step)
            {
                _driver.Tick();
            }

            next = Math.Max(next, now - step);
            _driver.Pump();
            Volatile.Write(ref _status, MakeStatus());
            if (now >= publish)
            {
                publish = now + (step * TicksPerReport);
                PublishConsensus();
            }
        }
    }

    private TimeSpan UntilNextTick(long next)
    {
        var left = next - _time.GetTimestamp();

        // Whole milliseconds upwards: a wait is cut to them, and a wait of none would spin.
        return left <= 0 ? TimeSpan.Zero : TimeSpan.FromMilliseconds(Math.Ceiling(1000.0 * left / _time.TimestampFrequency));
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

            log._append.Post(message);
        }

        public void Apply(Message message) => log._apply.Post(message);

        public void Send(Message message) => log._peers.Send(message);

        public void Forward(ulong leader, ulong term, IReadOnlyList<PendingProposal> proposals) => _ = log.ForwardAsync(leader, term, proposals);

        public void LeadershipChanged()
        {
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

        public bool Pause(TimeSpan time) => !log._closing.Token.WaitHandle.WaitOne(time);
    }

    private sealed class ApplySide(ConsensusLog log) : IApplyHost
    {
        public ConfState ApplyConfChange(ConfChange change, ulong index)
        {
            var done = new TaskCompletionSource<ConfState>();
            if (!log.Post(() =>
            {
                log._configurationIndex = index;
                done.SetResult(log._driver.ApplyConfChange(change, index));
                log.PublishConsensus();
            }))
            {
                throw log.Ended();
            }

            return done.Task.WaitAsync(log._closing.Token).GetAwaiter().GetResult();
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
            log.SnapshotIfDue(entries, bytes);
        }
    }
}
