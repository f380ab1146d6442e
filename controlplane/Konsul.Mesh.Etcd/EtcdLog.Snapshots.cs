using Grpc.Core;
using Konsul.Mesh.Etcd.Client;
using Konsul.Mesh.Etcd.Snapshots;
using Konsul.Mesh.Raft.Host;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Etcd;

/// <summary>Every server writes its own snapshots; the leader also stores its newest in etcd and then removes what no server needs any more.</summary>
public sealed partial class EtcdLog
{
    private readonly List<TaskCompletionSource> _snapshotRequests = [];
    private readonly List<TaskCompletionSource> _snapshotWaiters = [];
    private LocalSnapshot? _snapshot;
    private Task? _snapshotting;
    private int _entriesSinceSnapshot;
    private long _bytesSinceSnapshot;

    private void StartSnapshot()
    {
        var due = _options.Snapshots.IsDue(_entriesSinceSnapshot, _bytesSinceSnapshot, _snapshot?.Bytes ?? 0);
        if (_snapshotting is not null || (!due && _snapshotRequests.Count == 0))
        {
            return;
        }

        (_entriesSinceSnapshot, _bytesSinceSnapshot) = (0, 0);
        _snapshotWaiters.AddRange(_snapshotRequests);
        _snapshotRequests.Clear();
        var (index, lastBatch, current) = (_replica.Applied, _replica.LastBatch, _snapshot);
        var captured = current?.Index == index ? null : _replica.Capture();
        _snapshotting = Task.Run(() => TakeSnapshotAsync(captured, current, index, lastBatch, _stop.Token));
    }

    private async Task TakeSnapshotAsync(ICapturedSnapshot? captured, LocalSnapshot? current, ulong index, ulong lastBatch, CancellationToken stop)
    {
        Exception? error = null;
        try
        {
            var snapshot = captured is null ? current! : await WriteAsync(captured, index).ConfigureAwait(false);
            _mailbox.Writer.TryWrite(() => _snapshot = _snapshot?.Index > snapshot.Index ? _snapshot : snapshot);
            _session.Register(snapshot.Index);
            if (_session.View is { Mine: true } view)
            {
                await PublishAsync(snapshot, view.Term, lastBatch, stop).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            // The log still holds everything; the next attempt comes after as many entries again.
            _logger.LogError("The snapshot at entry {Index} was not taken: {Reason}", index, e.Message);
            error = e;
        }

        _mailbox.Writer.TryWrite(() => SnapshotEnded(error));
    }

    private async Task<LocalSnapshot> WriteAsync(ICapturedSnapshot captured, ulong index)
    {
        using (captured)
        {
            return await _local.WriteAsync(index, file =>
            {
                captured.WriteTo(file);
                return Task.CompletedTask;
            }).ConfigureAwait(false);
        }
    }

    private async Task PublishAsync(LocalSnapshot snapshot, long term, ulong lastBatch, CancellationToken stop)
    {
        try
        {
            var fits = snapshot.Bytes <= _options.MaxStoredSnapshotBytes;
            if (fits)
            {
                await _exchange.StoreAsync(snapshot, term, stop).ConfigureAwait(false);
            }
            else
            {
                _logger.LogWarning(
                    "The snapshot has {Bytes} bytes, more than etcd is given ({Limit}): a new server needs a copy of another one's snapshot file",
                    snapshot.Bytes,
                    _options.MaxStoredSnapshotBytes);
            }

            var stored = await _exchange.FindAsync(stop).ConfigureAwait(false);
            await _cleaner.RemoveAsync(fits ? stored?.Snapshot.Index ?? 0 : snapshot.Index, lastBatch, stop).ConfigureAwait(false);
        }
        catch (RpcException e) when (!stop.IsCancellationRequested)
        {
            _logger.LogWarning("etcd did not take the snapshot at entry {Index}, the log there stays as it is: {Reason}", snapshot.Index, CallFaults.Text(e));
        }

        await _cleaner.RefreshAsync(_store, stop).ConfigureAwait(false);
        await _cleaner.CompactAsync(Status.DiskFull, stop).ConfigureAwait(false);
    }

    private void SnapshotEnded(Exception? error)
    {
        _snapshotting = null;
        foreach (var waiter in _snapshotWaiters)
        {
            if (error is null)
            {
                waiter.TrySetResult();
            }
            else
            {
                waiter.TrySetException(error);
            }
        }

        _snapshotWaiters.Clear();
    }
}
