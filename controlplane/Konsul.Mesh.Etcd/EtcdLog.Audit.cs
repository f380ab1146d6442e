using System.Collections.Immutable;
using Google.Protobuf;
using Grpc.Core;
using Konsul.Mesh.Etcd.Client;
using Konsul.Mesh.Etcd.Protocol;
using Konsul.Mesh.Raft.Host;
using Konsul.Mesh.Raft.Host.Audit;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Etcd;

/// <summary>Who is there, and comparing the state with the other servers': each keeps its report in etcd while its lease lives, and reads those of the others.</summary>
public sealed partial class EtcdLog : IAuditedLog
{
    private readonly CheckpointLog _checkpoints;
    private ImmutableHashSet<string> _others = [];

    /// <summary>Those that had a report in etcd when it was last read: every server here has the same say.</summary>
    public int Voters => Volatile.Read(ref _others).Count + 1;

    /// <summary>The servers whose lease lives, by id: those that run, and those that ended less than a lease ago without giving it back.</summary>
    /// <exception cref="TimeoutException">etcd has not answered in time.</exception>
    public async Task<IReadOnlySet<string>> PresentAsync(CancellationToken cancellationToken)
    {
        var all = new RangeRequest { Key = _keys.Servers, RangeEnd = LogKeys.After(_keys.Servers), KeysOnly = true };
        try
        {
            var found = (await _client.RangeAsync(all, cancellationToken, _options.AnswerTimeout).ConfigureAwait(false)).Kvs;
            return found.Select(kv => NameOf(kv, _keys.Servers)).ToHashSet(StringComparer.Ordinal);
        }
        catch (RpcException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"etcd has not answered: {CallFaults.Text(e)}", e);
        }
    }

    public async Task<CheckpointReport> ReportAsync(CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource<CheckpointReport>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!_mailbox.Writer.TryWrite(() => done.TrySetResult(_checkpoints.Report(_replica.Applied) with { Server = _options.NodeId })))
        {
            throw Ended();
        }

        await Task.WhenAny(done.Task, _completion.Task).WaitAsync(cancellationToken).ConfigureAwait(false);
        return done.Task.IsCompleted ? await done.Task.ConfigureAwait(false) : throw Ended();
    }

    public async Task<IReadOnlyList<CheckpointReport>> ExchangeAsync(CheckpointReport own, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(own);
        try
        {
            await PublishAsync(own, cancellationToken).ConfigureAwait(false);
            var all = new RangeRequest { Key = _keys.Checks, RangeEnd = LogKeys.After(_keys.Checks) };
            var found = (await _client.RangeAsync(all, cancellationToken).ConfigureAwait(false)).Kvs;
            var others = found
                .Select(kv => (Name: NameOf(kv, _keys.Checks), Report: CheckpointReport.Decode(kv.Value.Span)))
                .Where(o => o.Name != _options.NodeId && o.Report is not null)
                .Select(o => o.Report! with { Server = o.Name })
                .ToList();
            Volatile.Write(ref _others, [.. others.Select(o => o.Server)]);
            return others;
        }
        catch (RpcException e) when (!cancellationToken.IsCancellationRequested)
        {
            _logger.LogDebug("The states of the servers are not compared this time: {Reason}", CallFaults.Text(e));
            return [];
        }
    }

    public bool IsMember(string server) => server == _options.NodeId || Volatile.Read(ref _others).Contains(server);

    public void Fence(string reason) => _mailbox.Writer.TryWrite(() => throw new LogStoppedException(reason));

    private async Task PublishAsync(CheckpointReport own, CancellationToken cancellationToken)
    {
        if (_session.Lease is var lease and not 0)
        {
            var report = new PutRequest { Key = _keys.Check(_options.NodeId), Value = UnsafeByteOperations.UnsafeWrap(own.Encode()), Lease = lease };
            await _client.PutAsync(report, cancellationToken).ConfigureAwait(false);
        }
    }

    private static string NameOf(KeyValue server, ByteString folder) => LogKeys.Text(server.Key)[LogKeys.Text(folder).Length..];

    private LogStoppedException Ended() => Volatile.Read(ref _failure) ?? new LogStoppedException("The log is closed.");
}
