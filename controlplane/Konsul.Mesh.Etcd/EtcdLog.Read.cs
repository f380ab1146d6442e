using Grpc.Core;
using Konsul.Mesh.Etcd.Client;
using Konsul.Mesh.Etcd.Protocol;
using Konsul.Mesh.Etcd.Snapshots;
using Konsul.Mesh.Raft.Host;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Etcd;

/// <summary>
/// How batches come in: by a watch, and by reading on from the last one applied, which fills every gap and is what a read barrier waits for. The
/// watch only makes it fast; nothing relies on it being whole.
/// </summary>
public sealed partial class EtcdLog
{
    private const int LogWatch = 1;
    private const int LeaderWatch = 2;
    private const int FetchTries = 5;
    private static readonly TimeSpan WatchPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestWatchPause = TimeSpan.FromSeconds(5);

    /// <summary>Wait for the next read.</summary>
    private readonly List<Barrier> _barriers = [];

    /// <summary>The read under way is theirs.</summary>
    private readonly List<Barrier> _passing = [];

    private bool _reading;
    private ulong _highest;
    private long _revision;

    /// <summary>A batch was seen that cannot be applied before others.</summary>
    private bool IsBehind => _highest >= _replica.Next;

    private void RestoreLocal()
    {
        while (_local.Newest() is var (path, index))
        {
            try
            {
                Restore(LocalSnapshots.Check(path, index));
                return;
            }
            catch (InvalidDataException e)
            {
                _logger.LogWarning("{File} is thrown away, the log is read from etcd instead: {Reason}", path, e.Message);
                File.Delete(path);
            }
        }
    }

    private void Restore(LocalSnapshot snapshot)
    {
        using (var body = snapshot.Open())
        {
            _replica.Restore(body);
        }

        _snapshot = snapshot;
        (_entriesSinceSnapshot, _bytesSinceSnapshot) = (0, 0);
        _session.Register(snapshot.Index);
    }

    /// <summary>A log that ends before what was applied here is an older copy: going on with it would make two histories of one.</summary>
    private async Task CheckHistoryAsync(CancellationToken stop)
    {
        if (_replica.Applied == 0)
        {
            return;
        }

        var found = (await _store.ReadAsync(_replica.LastBatch, stop).ConfigureAwait(false)).Kvs;
        if (found.Count == 0)
        {
            throw new EtcdException(
                EtcdFailure.Damaged,
                $"The log in etcd ends before entry {_replica.LastBatch}, which this server has applied: etcd was restored from a backup."
                    + $" To go on with it, remove {_local.Folder} of every server.");
        }

        if (_store.Decode(found[0]) is var batch && batch.First == _replica.LastBatch && batch.Chain != _replica.Chain)
        {
            throw new EtcdException(
                EtcdFailure.Damaged,
                $"Entry {batch.First} in etcd is not the one this server has applied: etcd was restored from a backup and written since."
                    + $" To go on with it, remove {_local.Folder} of this server.");
        }
    }

    private async Task CatchUpAsync(CancellationToken cancellationToken)
    {
        await PassBarrierAsync(null, cancellationToken).ConfigureAwait(false);
        await _cleaner.RefreshAsync(_store, cancellationToken).ConfigureAwait(false);
    }

    private void StartRead()
    {
        if (!_reading && (_barriers.Count > 0 || IsBehind))
        {
            _passing.AddRange(_barriers);
            _barriers.Clear();
            Read();
        }
    }

    private void Read()
    {
        _reading = true;
        var (from, highest) = (_replica.Next, _highest);
        Beside(() => _store.ReadAsync(from, _stop.Token), answer => ReadEnded(answer, highest));
    }

    /// <param name="answer">A few batches.</param>
    /// <param name="highest">A batch seen before the read began, so the read must reach it.</param>
    private void ReadEnded(RangeResponse answer, ulong highest)
    {
        if (answer.Header.Revision < _revision)
        {
            throw new LogStoppedException(
                $"etcd went back from revision {_revision} to {answer.Header.Revision}: it was restored from a backup, or another etcd answers.");
        }

        _revision = answer.Header.Revision;
        foreach (var found in answer.Kvs)
        {
            var batch = _store.Decode(found);
            if (batch.First > _replica.Next)
            {
                Install(batch.First);
                return;
            }

            Offer(batch);
        }

        if (answer.More)
        {
            Read();
            return;
        }

        if (_replica.Next <= highest)
        {
            throw new LogStoppedException($"etcd no longer holds entry {_replica.Next}, although entry {highest} was there: its keys were deleted.");
        }

        _reading = false;
        _passing.ForEach(b => b.Complete(_replica.Applied, _revision));
        _passing.Clear();
    }

    /// <summary>The entries before <paramref name="oldest"/> were removed before this server had them: a stored snapshot stands for them.</summary>
    private void Install(ulong oldest)
    {
        var applied = _replica.Applied;
        _logger.LogInformation("Entries {From} to {To} are no longer in etcd, the snapshot stored there is taken", applied + 1, oldest - 1);
        Beside(() => Task.Run(() => FetchSnapshotAsync(applied, oldest, _stop.Token)), Installed);
    }

    private void Installed(LocalSnapshot snapshot)
    {
        Restore(snapshot);
        if (_inFlight is { } inFlight)
        {
            inFlight.Overtaken = true;
        }

        Read();
    }

    private async Task<LocalSnapshot> FetchSnapshotAsync(ulong applied, ulong oldest, CancellationToken stop)
    {
        for (var i = 1; ; i++)
        {
            if (await _exchange.FindAsync(stop).ConfigureAwait(false) is not var (stored, revision) || stored.Index <= applied || stored.Index + 1 < oldest)
            {
                throw new LogStoppedException(
                    $"Entries {applied + 1} to {oldest - 1} were removed from etcd and no snapshot there holds them (it may be larger than etcd is given)."
                        + $" Stop this server, copy snap-*.snap from the same directory of a server that works into {_local.Folder}, and start again.");
            }

            try
            {
                return await _local.WriteAsync(stored.Index, file => _exchange.FetchAsync(stored, revision, file, stop)).ConfigureAwait(false);
            }
            catch (InvalidDataException e) when (i < FetchTries)
            {
                _logger.LogWarning("The snapshot at entry {Index} in etcd is not usable, trying again: {Reason}", stored.Index, e.Message);
            }
        }
    }

    private async Task WatchAsync(CancellationToken stop)
    {
        var pause = WatchPause;
        while (!stop.IsCancellationRequested)
        {
            var started = _time.GetTimestamp();
            try
            {
                var (_, revision) = await PassBarrierAsync(null, stop).ConfigureAwait(false);
                _session.Wake();
                await _client.WatchAsync(Watches(revision + 1), WatchedAsync, stop).ConfigureAwait(false);
            }
            catch (RpcException e) when (!stop.IsCancellationRequested)
            {
                _logger.LogWarning("The watch of etcd ended, the log is read again: {Reason}", CallFaults.Text(e));
            }
            catch (Exception) when (stop.IsCancellationRequested)
            {
                return;
            }

            // One that is refused again and again must not fill the log.
            pause = _time.GetElapsedTime(started) > LongestWatchPause ? WatchPause : pause * 2 < LongestWatchPause ? pause * 2 : LongestWatchPause;
            await Task.Delay(pause, _time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private WatchCreateRequest[] Watches(long revision)
    {
        var log = new WatchCreateRequest
        {
            WatchId = LogWatch,
            Key = _keys.Log,
            RangeEnd = LogKeys.After(_keys.Log),
            StartRevision = revision,
            Fragment = true,
        };
        log.Filters.Add(WatchCreateRequest.Types.FilterType.Nodelete);
        return [log, new WatchCreateRequest { WatchId = LeaderWatch, Key = _keys.Leader, StartRevision = revision }];
    }

    private async ValueTask WatchedAsync(WatchResponse answer)
    {
        if (answer.Canceled)
        {
            // Not the endpoint's fault, so it is not left for this: the history is compacted, or the user may not read.
            throw new RpcException(new Status(StatusCode.OutOfRange, $"etcd cancelled it: {answer.CancelReason} (compacted: {answer.CompactRevision})"));
        }

        if (answer.WatchId == LeaderWatch && answer.Events.Count > 0)
        {
            _session.Wake();
        }
        else if (answer.WatchId == LogWatch && answer.Events.Count > 0)
        {
            // One answer in memory at a time.
            var taken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _mailbox.Writer.TryWrite(() =>
            {
                foreach (var put in answer.Events.Where(e => e.Type == Event.Types.EventType.Put))
                {
                    Offer(_store.Decode(put.Kv));
                }

                taken.SetResult();
            });
            await taken.Task.WaitAsync(_stop.Token).ConfigureAwait(false);
        }
    }

    /// <summary>Reads now and then, in case the watch is silent without being broken (etcd had such faults).</summary>
    private async Task CheckAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await Task.Delay(_options.CheckEvery, _time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                await PassBarrierAsync(_time.GetTimestamp(), stop).ConfigureAwait(false);
                await _cleaner.RefreshAsync(_store, stop).ConfigureAwait(false);
                if (_session.View.Mine)
                {
                    await _cleaner.CompactAsync(Status.DiskFull, stop).ConfigureAwait(false);
                }
            }
            catch (TimeoutException)
            {
                // Whoever reads the log has said so.
            }
            catch (Exception e) when (e is LogStoppedException || stop.IsCancellationRequested)
            {
                return;
            }
        }
    }
}
