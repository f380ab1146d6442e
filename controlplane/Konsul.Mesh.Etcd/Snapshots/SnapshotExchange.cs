using System.Security.Cryptography;
using Google.Protobuf;
using Konsul.Mesh.Etcd.Client;
using Konsul.Mesh.Etcd.Protocol;

namespace Konsul.Mesh.Etcd.Snapshots;

/// <summary>Puts snapshots into etcd in chunks, and gets them from there. One writes at a time, the leader; any number read.</summary>
internal sealed class SnapshotExchange(EtcdClient client, LogKeys keys, TimeProvider time)
{
    private const int Tries = 20;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    /// <summary>Null: there is none.</summary>
    public async Task<(StoredSnapshot Snapshot, long Revision)?> FindAsync(CancellationToken stop)
    {
        var answer = await RetryAsync(() => client.RangeAsync(new RangeRequest { Key = keys.Snapshot }, stop), stop).ConfigureAwait(false);
        return answer.Kvs is [var found] ? (StoredSnapshot.Parse(found.Value, LogKeys.Text(found.Key)), answer.Header.Revision) : null;
    }

    /// <summary>Stores the snapshot unless a newer one is there; whoever has lost the leadership meanwhile cannot finish it.</summary>
    /// <param name="snapshot">Stays where it is while this runs.</param>
    /// <param name="term">The revision at which this server became the leader.</param>
    /// <param name="stop">Cancels.</param>
    public async Task StoreAsync(LocalSnapshot snapshot, long term, CancellationToken stop)
    {
        if (await FindAsync(stop).ConfigureAwait(false) is { } found && found.Snapshot.Index >= snapshot.Index)
        {
            return;
        }

        var stored = new StoredSnapshot(snapshot.Index, snapshot.Bytes, snapshot.Hash);
        await using (var body = snapshot.Open())
        {
            for (var i = 0; i < stored.Chunks; i++)
            {
                var chunk = new byte[(int)Math.Min(StoredSnapshot.ChunkSize, stored.Bytes - (i * (long)StoredSnapshot.ChunkSize))];
                await body.ReadExactlyAsync(chunk, stop).ConfigureAwait(false);
                var put = new PutRequest { Key = keys.Chunk(stored.Index, i), Value = UnsafeByteOperations.UnsafeWrap(chunk) };
                await RetryAsync(() => client.PutAsync(put, stop), stop).ConfigureAwait(false);
            }
        }

        var publish = new TxnRequest();
        publish.Compare.Add(new Compare { Key = keys.Leader, Target = Compare.Types.CompareTarget.Create, CreateRevision = term });
        publish.Success.Add(new RequestOp { RequestPut = new PutRequest { Key = keys.Snapshot, Value = stored.ToValue() } });
        if ((await RetryAsync(() => client.TxnAsync(publish, stop), stop).ConfigureAwait(false)).Succeeded)
        {
            await RemoveOthersAsync(stored.Index, stop).ConfigureAwait(false);
        }
    }

    /// <summary>Writes the chunks to <paramref name="destination"/>, one in memory at a time.</summary>
    /// <exception cref="InvalidDataException">They are not what was stored, or were removed and compacted meanwhile: look for a newer one.</exception>
    public async Task FetchAsync(StoredSnapshot stored, long revision, Stream destination, CancellationToken stop)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var i = 0; i < stored.Chunks; i++)
        {
            // At one revision: it stays whole even if a newer one replaces it meanwhile.
            var chunk = new RangeRequest { Key = keys.Chunk(stored.Index, i), Revision = revision };
            var answer = await FetchAsync(chunk, stop).ConfigureAwait(false);
            var expected = (int)Math.Min(StoredSnapshot.ChunkSize, stored.Bytes - (i * (long)StoredSnapshot.ChunkSize));
            if (answer.Kvs is not [var found] || found.Value.Length != expected)
            {
                throw new InvalidDataException($"chunk {i} of {stored.Chunks} is missing or of another size");
            }

            hash.AppendData(found.Value.Span);
            await destination.WriteAsync(found.Value.Memory, stop).ConfigureAwait(false);
        }

        if (Convert.ToHexStringLower(hash.GetHashAndReset()) != stored.Hash)
        {
            throw new InvalidDataException("its checksum does not match");
        }
    }

    private async Task<RangeResponse> FetchAsync(RangeRequest chunk, CancellationToken stop)
    {
        try
        {
            return await RetryAsync(() => client.RangeAsync(chunk, stop), stop).ConfigureAwait(false);
        }
        catch (Grpc.Core.RpcException e) when (CallFaults.Of(e) == CallFault.Compacted)
        {
            throw new InvalidDataException("it was replaced while it was read", e);
        }
    }

    private async Task RemoveOthersAsync(ulong index, CancellationToken stop)
    {
        var own = keys.ChunksOf(index);
        foreach (var (from, to) in new[] { (keys.Chunks, own), (LogKeys.After(own), LogKeys.After(keys.Chunks)) })
        {
            await RetryAsync(() => client.DeleteAsync(new DeleteRangeRequest { Key = from, RangeEnd = to }, stop), stop).ConfigureAwait(false);
        }
    }

    private async Task<T> RetryAsync<T>(Func<Task<T>> call, CancellationToken stop)
    {
        for (var i = 1; ; i++)
        {
            try
            {
                return await call().ConfigureAwait(false);
            }
            catch (Grpc.Core.RpcException e) when (i < Tries && CallFaults.Of(e) is CallFault.Unavailable or CallFault.Busy)
            {
                await Task.Delay(Pause, time, stop).ConfigureAwait(false);
            }
        }
    }
}
