using System.Globalization;
using Google.Protobuf;
using Grpc.Core;
using Konsul.Mesh.Etcd.Batches;
using Konsul.Mesh.Etcd.Client;
using Konsul.Mesh.Etcd.Protocol;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Etcd.Snapshots;

/// <summary>
/// The leader's broom: removes entries that a stored snapshot holds and that no live server may still need, less a trailing window, and
/// lets etcd forget their history later. Never the newest batch: its key is what the next one is appended to.
/// </summary>
internal sealed class LogCleaner(EtcdClient client, LogKeys keys, EtcdLogOptions options, TimeProvider time, ILogger logger)
{
    private readonly Queue<(long Revision, long Since)> _removed = new();
    private readonly Lock _lock = new();
    private ulong _first;
    private bool _warned;

    /// <summary>The oldest entry in etcd, as last seen.</summary>
    public ulong First => Volatile.Read(ref _first);

    public async Task RefreshAsync(BatchStore store, CancellationToken stop) =>
        Volatile.Write(ref _first, await store.FirstAsync(stop).ConfigureAwait(false) ?? 0);

    /// <param name="snapshot">The last entry that the stored snapshot holds.</param>
    /// <param name="lastBatch">The first index of a batch that stays, with all after it.</param>
    /// <param name="stop">Cancels.</param>
    public async Task RemoveAsync(ulong snapshot, ulong lastBatch, CancellationToken stop)
    {
        var servers = await client.RangeAsync(new RangeRequest { Key = keys.Servers, RangeEnd = LogKeys.After(keys.Servers) }, stop).ConfigureAwait(false);
        var oldest = servers.Kvs.Select(s => SnapshotOf(s.Value)).Append(snapshot).Min();
        var trailing = (ulong)options.TrailingEntries;
        var keep = Math.Min(oldest > trailing ? oldest - trailing + 1 : 0, lastBatch);
        if (keep <= First)
        {
            return;
        }

        var remove = new DeleteRangeRequest { Key = keys.Log, RangeEnd = keys.Batch(keep) };
        var answer = await client.DeleteAsync(remove, stop).ConfigureAwait(false);
        lock (_lock)
        {
            _removed.Enqueue((answer.Header.Revision, time.GetTimestamp()));
        }

        logger.LogInformation("Removed {Count} batches before entry {Index} from etcd", answer.Deleted, keep);
    }

    /// <summary>Compacts up to what was removed long enough ago, at once when etcd is full.</summary>
    public async Task CompactAsync(bool now, CancellationToken stop)
    {
        if (options.CompactAfter == Timeout.InfiniteTimeSpan || TakeDue(now) is not { } revision)
        {
            return;
        }

        try
        {
            await client.CompactAsync(new CompactionRequest { Revision = revision }, stop).ConfigureAwait(false);
        }
        catch (RpcException e) when (CallFaults.Of(e) == CallFault.Compacted)
        {
            // Somebody else did.
        }
        catch (RpcException e) when (!stop.IsCancellationRequested)
        {
            logger.Log(
                _warned ? LogLevel.Debug : LogLevel.Warning, "etcd was not compacted; its own auto-compaction can do it: {Reason}", CallFaults.Text(e));
            _warned = true;
        }
    }

    private long? TakeDue(bool now)
    {
        lock (_lock)
        {
            long? due = null;
            while (_removed.TryPeek(out var oldest) && (now || time.GetElapsedTime(oldest.Since) >= options.CompactAfter))
            {
                due = _removed.Dequeue().Revision;
            }

            return due;
        }
    }

    /// <summary>What a server says it has; a line that cannot be read holds everything back.</summary>
    private static ulong SnapshotOf(ByteString value) =>
        value.Length <= 20 && ulong.TryParse(value.ToStringUtf8(), NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index : 0;
}
