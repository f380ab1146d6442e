using Konsul.Mesh.Raft.Host.Snapshots;
using Konsul.Mesh.Raft.Host.Storage;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Raft.Host.Consensus;

/// <summary>Taking snapshots of the own state, on the apply loop, and installing received ones.</summary>
public sealed partial class ConsensusLog
{
    private StagedSnapshot? _received;
    private bool _isClaimed;
    private readonly List<TaskCompletionSource> _snapshotWaiters = [];
    private int _entriesSince;
    private long _bytesSince;
    private bool _writing;

    /// <summary>A received snapshot is whole; consensus decides whether it is taken.</summary>
    internal void Received(StagedSnapshot staged)
    {
        Volatile.Write(ref _isClaimed, false);
        Volatile.Write(ref _received, staged);
    }

    /// <summary>Whether one waits for consensus to take it, or to be installed. No other may be received meanwhile.</summary>
    internal bool HasReceived => Volatile.Read(ref _received) is not null;

    /// <summary>On the owner's loop: consensus has taken it, and the append loop will ask for it.</summary>
    private void Claim(Snapshot snapshot) => Volatile.Write(ref _isClaimed, _received?.Saved.Meta.Index == snapshot.Index);

    /// <summary>On the owner's loop, after the message that came with it: consensus did not want it.</summary>
    private void ForgetUnclaimed()
    {
        if (!Volatile.Read(ref _isClaimed))
        {
            Volatile.Write(ref _received, null);
        }
    }

    private void SnapshotIfDue(int entries, long bytes)
    {
        (_entriesSince, _bytesSince) = (_entriesSince + entries, _bytesSince + bytes);
        if (!_writing && _options.Snapshots.IsDue(_entriesSince, _bytesSince, _storage.SnapshotBytes))
        {
            BeginSnapshot(_apply);
        }
    }

    private void RequestSnapshot(ApplyLoop loop, TaskCompletionSource done)
    {
        if (loop.Index == _storage.Snapshot.Index)
        {
            done.TrySetResult();
            return;
        }

        _snapshotWaiters.Add(done);
        if (!_writing)
        {
            BeginSnapshot(loop);
        }
    }

    private void BeginSnapshot(ApplyLoop loop)
    {
        (_entriesSince, _bytesSince, _writing) = (0, 0, true);
        var captured = _machine.Capture();
        var meta = new Snapshot(loop.Index, loop.Term, loop.Members);
        TaskCompletionSource[] waiters = [.. _snapshotWaiters];
        _snapshotWaiters.Clear();
        _runner.Once("konsul-raft-snapshot", () => WriteSnapshot(captured, meta, waiters));
    }

    private void WriteSnapshot(ICapturedSnapshot captured, Snapshot meta, TaskCompletionSource[] waiters)
    {
        var started = _time.GetTimestamp();
        try
        {
            if (_options.Rules.HasFlag(HostRules.SnapshotAfterFence))
            {
                _runner.Wait(_append.FenceAsync(), _closing.Token);
            }

            using (captured)
            using (var writer = _storage.BeginSnapshot(meta))
            {
                captured.WriteTo(writer.Stream);
                _runner.Wait(_append.CommitAsync(writer.Complete()), _closing.Token);
            }

            _options.Metrics?.SnapshotWritten(_time.GetElapsedTime(started));
            Array.ForEach(waiters, w => w.TrySetResult());
        }
        catch (Exception e) when (e is DiskFullException or IOException)
        {
            // The log still holds everything; the next attempt comes after as many entries again.
            _logger.LogError("No snapshot was taken: {Message}", e.Message);
            Array.ForEach(waiters, w => w.TrySetException(e));
        }
        catch (Exception e)
        {
            var ended = _closing.IsCancellationRequested ? Ended() : new LogStoppedException($"A snapshot failed: {e.Message}", e);
            Array.ForEach(waiters, w => w.TrySetException(ended));
            Stop(ended);
        }
        finally
        {
            _apply.Post(Written);
        }
    }

    private void Written(ApplyLoop loop)
    {
        _writing = false;
        if (_snapshotWaiters.Count > 0)
        {
            BeginSnapshot(loop);
        }
    }

    private StagedSnapshot? TakeReceived(Snapshot snapshot) =>
        Volatile.Read(ref _received) is { } staged && staged.Saved.Meta == snapshot ? staged : null;

    /// <summary>On the append loop, after a received snapshot became durable: nothing behind it is applied before the state is its.</summary>
    private void RestoreState()
    {
        var done = new TaskCompletionSource();
        var posted = _apply.Post(loop =>
        {
            try
            {
                using var snapshot = _storage.OpenSnapshot()!;
                if (snapshot.Saved.Meta.Index > loop.Index)
                {
                    var started = _time.GetTimestamp();
                    using var state = snapshot.OpenState();
                    _machine.Restore(state);
                    _options.Metrics?.SnapshotRestored(_time.GetElapsedTime(started));
                    loop.Restored(snapshot.Saved.Meta);
                    Post(() =>
                    {
                        _driver.SnapshotTaken();
                        _driver.SnapshotApplied(snapshot.Saved.Meta.Term);
                    });
                }

                done.SetResult();
            }
            catch (Exception e)
            {
                done.SetException(e);
            }
        });
        if (!posted)
        {
            throw Ended();
        }

        _runner.Wait(done.Task, _closing.Token);
        Volatile.Write(ref _received, null);
    }

    private void DiskFull(bool isFull)
    {
        _diskFull = isFull;
        if (isFull)
        {
            Post(() => _driver.DiskIsFull(DiskIsFull()));
        }
    }
}
