using Google.Protobuf;
using Grpc.Core;
using Konsul.Mesh.Etcd.Batches;
using Konsul.Mesh.Etcd.Client;
using Konsul.Mesh.Etcd.Protocol;
using Konsul.Mesh.Etcd.Snapshots;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Etcd;

/// <summary>
/// The start: is it etcd, one etcd, does it let us in, and whose log is under the prefix. The first server of all makes the log: the key
/// <c>cluster</c> with a random id, and an empty first batch that everything continues.
/// </summary>
internal sealed class LogFounding(EtcdClient client, LogKeys keys, EtcdLogOptions options, LocalSnapshots local, TimeProvider time, ILogger logger)
{
    private const string Version = "1";
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            string reason;
            try
            {
                await CheckEndpointsAsync(cancellationToken).ConfigureAwait(false);
                var id = await FindAsync(cancellationToken).ConfigureAwait(false) ?? await FoundAsync(cancellationToken).ConfigureAwait(false);
                if (local.ClusterId() is null)
                {
                    local.SetClusterId(id);
                }

                return;
            }
            catch (EtcdException e) when (e.Failure == EtcdFailure.Unreachable)
            {
                reason = e.Message;
            }
            catch (RpcException e) when (!cancellationToken.IsCancellationRequested)
            {
                reason = CallFaults.Of(e) switch
                {
                    CallFault.Denied => throw Denied(e),
                    CallFault.NoSpace => throw new EtcdException(
                        EtcdFailure.Unreachable, "etcd's space quota is used up, so the log cannot be made there: free space and disarm its NOSPACE alarm."),
                    _ => $"etcd does not answer: {CallFaults.Text(e)}",
                };
            }

            if (time.GetElapsedTime(started) > options.StartTimeout)
            {
                throw new EtcdException(EtcdFailure.Unreachable, reason);
            }

            logger.LogInformation("Waiting for etcd: {Reason}", reason);
            await Task.Delay(Pause, time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>One that answers is enough, but those that do must be of one etcd cluster.</summary>
    private async Task CheckEndpointsAsync(CancellationToken stop)
    {
        var reasons = new List<string>();
        (Endpoint Endpoint, ulong Id)? first = null;
        foreach (var endpoint in client.Endpoints)
        {
            try
            {
                var status = await client.StatusAsync(endpoint, stop).ConfigureAwait(false);
                var id = status.Header?.ClusterId ?? 0;
                if (id == 0 || status.Version.Length == 0)
                {
                    reasons.Add($"{endpoint.Address} answers, but not as etcd");
                    continue;
                }

                first ??= (endpoint, id);
                if (id != first.Value.Id)
                {
                    throw new EtcdException(
                        EtcdFailure.WrongCluster, $"The endpoints {first.Value.Endpoint.Address} and {endpoint.Address} are of two different etcd clusters.");
                }
            }
            catch (RpcException e) when (!stop.IsCancellationRequested)
            {
                if (CallFaults.Of(e) == CallFault.Denied)
                {
                    throw Denied(e);
                }

                reasons.Add($"{endpoint.Address}: {CallFaults.Text(e)}");
            }
        }

        if (first is null)
        {
            throw new EtcdException(EtcdFailure.Unreachable, $"No endpoint of etcd answers. {string.Join("; ", reasons)}");
        }

        reasons.ForEach(r => logger.LogWarning("An endpoint of etcd does not answer, others do: {Reason}", r));
    }

    /// <returns>The log's id; null when there is no log yet.</returns>
    private async Task<string?> FindAsync(CancellationToken stop)
    {
        var known = local.ClusterId();
        if ((await client.RangeAsync(new RangeRequest { Key = keys.Cluster }, stop).ConfigureAwait(false)).Kvs is not [var found])
        {
            if (known is not null)
            {
                throw new EtcdException(
                    EtcdFailure.WrongCluster,
                    $"etcd holds no log under {keys.Prefix}, but {local.Folder} is of log {known}: it is another etcd, or it has lost its data."
                        + " To begin anew, remove that directory.");
            }

            return null;
        }

        if (found.Value.Length > 512 || found.Value.ToStringUtf8().Split(' ') is not [Version, { Length: 32 } id, var owner])
        {
            throw new EtcdException(
                EtcdFailure.WrongCluster, $"etcd's key {LogKeys.Text(keys.Cluster)} is not of a log that this program knows: something else uses the prefix.");
        }

        if (owner != options.ClusterId)
        {
            throw new EtcdException(
                EtcdFailure.WrongCluster, $"The log under {keys.Prefix} in etcd is of \"{owner}\", this server is of \"{options.ClusterId}\".");
        }

        if (known is not null && known != id)
        {
            throw new EtcdException(
                EtcdFailure.WrongCluster, $"The log under {keys.Prefix} in etcd is {id}, but {local.Folder} is of log {known}: it is another etcd.");
        }

        return id;
    }

    private async Task<string> FoundAsync(CancellationToken stop)
    {
        var all = new RangeRequest { Key = keys.All, RangeEnd = LogKeys.After(keys.All), Limit = 1, KeysOnly = true };
        if ((await client.RangeAsync(all, stop).ConfigureAwait(false)).Kvs is [var stranger] && await FindAsync(stop).ConfigureAwait(false) is null)
        {
            throw new EtcdException(
                EtcdFailure.WrongCluster, $"etcd has keys under {keys.Prefix} that are of no log, such as {LogKeys.Text(stranger.Key)}: choose another prefix.");
        }

        var id = Guid.NewGuid();
        var found = new TxnRequest();
        found.Compare.Add(new Compare { Key = keys.Cluster, Target = Compare.Types.CompareTarget.Create, CreateRevision = 0 });
        found.Success.Add(Put(keys.Cluster, ByteString.CopyFromUtf8($"{Version} {id:N} {options.ClusterId}")));
        found.Success.Add(Put(keys.Batch(1), UnsafeByteOperations.UnsafeWrap(BatchCodec.Encode(id, 0, 1, [], 0))));
        var answer = await client.TxnAsync(found, stop).ConfigureAwait(false);
        if (answer.Succeeded)
        {
            logger.LogInformation("Made a new log under {Prefix} in etcd", keys.Prefix);
        }

        return await FindAsync(stop).ConfigureAwait(false) ?? throw new RpcException(new Status(StatusCode.Unavailable, "The log was made and is gone."));
    }

    private static RequestOp Put(ByteString key, ByteString value) => new() { RequestPut = new PutRequest { Key = key, Value = value } };

    private static EtcdException Denied(RpcException e) =>
        new(EtcdFailure.Denied, $"etcd does not let this server in: {CallFaults.Text(e)}. It needs a user who may read and write under the prefix.", e);
}
