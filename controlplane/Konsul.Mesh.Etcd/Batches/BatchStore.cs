using Google.Protobuf;
using Grpc.Core;
using Konsul.Mesh.Etcd.Client;
using Konsul.Mesh.Etcd.Protocol;
using Konsul.Mesh.Raft.Host;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Etcd.Batches;

/// <summary>
/// The log's keys in etcd. A batch is created only if its key is not there and the key of the batch before is: the first makes one order of all
/// writers, the second keeps out a writer who is so far behind that his place has been removed already.
/// </summary>
internal sealed class BatchStore(EtcdClient client, LogKeys keys, TimeProvider time, ILogger logger)
{
    /// <summary>Batches read at once; bounds memory together with the size of a batch.</summary>
    private const int ReadAtOnce = 16;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    /// <summary>A try may take so long, a later one twice as long as the one before, and none longer than a call may. A member that hangs, or whose
    /// leader died with the request, would else hold every write for the time of a call.</summary>
    private static readonly TimeSpan FirstTry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestTry = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Tries until the outcome is known. A second attempt is the same key and value, so it is harmless if the first one arrives after it; only
    /// while no attempt is in doubt may etcd's refusal be believed.
    /// </summary>
    /// <param name="index">The batch's place.</param>
    /// <param name="lastBatch">Must be there.</param>
    /// <param name="value">The batch.</param>
    /// <param name="blocked">Told of each refusal that is not believed: nothing can be written now, and the outcome stays open.</param>
    /// <param name="stop">Cancels.</param>
    public async Task<AppendOutcome> AppendAsync(
        ulong index, ulong lastBatch, ReadOnlyMemory<byte> value, Action<AppendOutcome.Refused> blocked, CancellationToken stop)
    {
        var create = new TxnRequest();
        create.Compare.Add(Created(keys.Batch(index), Compare.Types.CompareResult.Equal));
        create.Compare.Add(Created(keys.Batch(lastBatch), Compare.Types.CompareResult.Greater));
        create.Success.Add(new RequestOp { RequestPut = new PutRequest { Key = keys.Batch(index), Value = UnsafeByteOperations.UnsafeWrap(value) } });
        create.Failure.Add(new RequestOp { RequestRange = From(index) });

        var inDoubt = false;
        for (var (pause, limit) = (FirstPause, FirstTry); ; (pause, limit) = (Longer(pause, LongestPause), Longer(limit, LongestTry)))
        {
            try
            {
                var answer = await client.TxnAsync(create, stop, limit).ConfigureAwait(false);
                return answer.Succeeded
                    ? new AppendOutcome.Appended()
                    : new AppendOutcome.Taken(answer.Responses is [{ ResponseRange: { } found }] ? found.Kvs : []);
            }
            catch (RpcException e) when (!stop.IsCancellationRequested)
            {
                if (Refusal(e) is { } refused)
                {
                    if (!inDoubt)
                    {
                        return refused;
                    }

                    blocked(refused);
                }

                inDoubt |= CallFaults.Of(e) == CallFault.Unavailable;
                logger.LogWarning("Entry {Index} is not confirmed by etcd yet, trying again: {Reason}", index, CallFaults.Text(e));
                await Task.Delay(pause, time, stop).ConfigureAwait(false);
            }
        }
    }

    /// <summary>The first batches from the one at <paramref name="index"/> on; a linearizable read, tried until it succeeds.</summary>
    public Task<RangeResponse> ReadAsync(ulong index, CancellationToken stop) => ReadAsync(From(index), stop);

    /// <summary>The index of the oldest batch; null when there is none.</summary>
    public async Task<ulong?> FirstAsync(CancellationToken stop)
    {
        var first = From(0);
        (first.Limit, first.KeysOnly) = (1, true);
        return await ReadAsync(first, stop).ConfigureAwait(false) is { Kvs: [var found] } ? keys.IndexOf(found) : null;
    }

    public Batch Decode(KeyValue found)
    {
        var index = keys.IndexOf(found);
        var batch = BatchCodec.Decode(found.Value.Memory, LogKeys.Text(found.Key));
        return batch.First == index
            ? batch
            : throw new EtcdException(EtcdFailure.Damaged, $"The batch under etcd's key {LogKeys.Text(found.Key)} says that it is entry {batch.First}.");
    }

    private async Task<RangeResponse> ReadAsync(RangeRequest request, CancellationToken stop)
    {
        var warned = false;
        for (var (pause, limit) = (FirstPause, FirstTry); ; (pause, limit) = (Longer(pause, LongestPause), Longer(limit, LongestTry)))
        {
            try
            {
                return await client.RangeAsync(request, stop, limit).ConfigureAwait(false);
            }
            catch (RpcException e) when (!stop.IsCancellationRequested)
            {
                logger.Log(warned ? LogLevel.Debug : LogLevel.Warning, "The log in etcd cannot be read, trying again: {Reason}", CallFaults.Text(e));
                warned = true;
                await Task.Delay(pause, time, stop).ConfigureAwait(false);
            }
        }
    }

    private RangeRequest From(ulong index) => new() { Key = keys.Batch(index), RangeEnd = LogKeys.After(keys.Log), Limit = ReadAtOnce };

    private static Compare Created(ByteString key, Compare.Types.CompareResult result) =>
        new() { Key = key, Target = Compare.Types.CompareTarget.Create, Result = result, CreateRevision = 0 };

    private static AppendOutcome.Refused? Refusal(RpcException e) => CallFaults.Of(e) switch
    {
        CallFault.NoSpace => new(
            ProposalRefusal.DiskFull, "etcd's space quota is used up: compact and defragment it, or raise the quota, then disarm its NOSPACE alarm."),
        CallFault.TooLarge => new(ProposalRefusal.TooLarge, $"etcd refuses the request as too large: {CallFaults.Text(e)}"),
        CallFault.Busy => new(ProposalRefusal.Overloaded, "etcd has too many requests. Try again later."),
        CallFault.Denied => new(ProposalRefusal.Unavailable, $"etcd does not let this server write: {CallFaults.Text(e)}"),
        _ => null,
    };

    private static TimeSpan Longer(TimeSpan time, TimeSpan longest) => time * 2 < longest ? time * 2 : longest;
}
