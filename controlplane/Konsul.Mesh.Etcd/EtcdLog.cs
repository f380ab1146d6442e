using System.Threading.Channels;
using Konsul.Mesh.Etcd.Batches;
using Konsul.Mesh.Etcd.Client;
using Konsul.Mesh.Etcd.Leadership;
using Konsul.Mesh.Etcd.Snapshots;
using Konsul.Mesh.Raft.Host;
using Konsul.Mesh.Raft.Host.Audit;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Etcd;

/// <summary>
/// The replicated log in an existing etcd cluster. Every server appends for itself, so proposals need no leader; the leader, elected by a lease,
/// does what only one may do and removes what no server needs any more. One loop owns the state machine and takes everything that
/// happens, an ended call or a watch's event, in turn; calls run beside it.
/// </summary>
public sealed partial class EtcdLog : IReplicatedLog
{
    /// <summary>Bytes of proposals that may wait.</summary>
    private const long MaxQueuedBytes = 64 * 1024 * 1024;

    private readonly EtcdLogOptions _options;
    private readonly LogKeys _keys;
    private readonly EtcdClient _client;
    private readonly BatchStore _store;
    private readonly Replica _replica;
    private readonly LocalSnapshots _local;
    private readonly SnapshotExchange _exchange;
    private readonly LogCleaner _cleaner;
    private readonly LeaseSession _session;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Guid _writer = Guid.NewGuid();
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What happens, as what the owner loop has to do about it.</summary>
    private readonly Channel<Action> _mailbox = Channel.CreateUnbounded<Action>(new UnboundedChannelOptions { SingleReader = true });

    private int _queued;
    private long _queuedBytes;
    private LogStatus _status;
    private LogStoppedException? _failure;

    private EtcdLog(
        EtcdLogOptions options,
        IReplicatedStateMachine machine,
        EtcdClient client,
        LocalSnapshots local,
        TimeProvider time,
        ILogger logger)
    {
        (_options, _client, _local, _time, _logger) = (options, client, local, time, logger);
        _keys = new LogKeys(options.Prefix);
        _store = new BatchStore(client, _keys, time, logger);
        _checkpoints = new CheckpointLog(machine);
        _replica = new Replica(machine, _checkpoints);
        _exchange = new SnapshotExchange(client, _keys, time);
        _cleaner = new LogCleaner(client, _keys, options, time, logger);
        _session = new LeaseSession(client, _keys, options.NodeId, options.LeaseTtl, time, logger);
        _session.Changed += () => _mailbox.Writer.TryWrite(AnnounceLeadership);
        _status = MakeStatus();
    }

    public event Action<LogStatus>? LeadershipChanged;

    public LogStatus Status
    {
        get
        {
            var status = Volatile.Read(ref _status);
            return status.Role == LogRole.Stopped ? status : WithLeadership(status) with { Queued = Volatile.Read(ref _queued) };
        }
    }

    public Task Completion => _completion.Task;

    /// <summary>Finds or begins the log, restores the newest snapshot, and reads to the log's end.</summary>
    /// <exception cref="EtcdException">etcd does not answer in time, or refuses, or holds another log; nothing was changed.</exception>
    /// <exception cref="LogStoppedException">The state machine cannot apply what the log holds, or the log no longer has what this server needs.</exception>
    /// <exception cref="IOException">Another process uses the directory, or the disk fails.</exception>
    public static async Task<EtcdLog> OpenAsync(
        EtcdLogOptions options, IReplicatedStateMachine machine, TimeProvider time, ILogger logger, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var local = new LocalSnapshots(options.Directory);
        var client = new EtcdClient(options.Connection, time, logger);
        EtcdLog? log = null;
        var started = false;
        try
        {
            await new LogFounding(client, new LogKeys(options.Prefix), options, local, time, logger).RunAsync(cancellationToken).ConfigureAwait(false);
            log = new EtcdLog(options, machine, client, local, time, logger);
            log.RestoreLocal();
            await log.CheckHistoryAsync(cancellationToken).ConfigureAwait(false);
            log.Start();
            started = true;
            await log.CatchUpAsync(cancellationToken).ConfigureAwait(false);
            return log;
        }
        catch
        {
            if (started)
            {
                await log!.DisposeAsync().ConfigureAwait(false);
            }
            else
            {
                client.Dispose();
                local.Dispose();
            }

            throw;
        }
    }

    /// <exception cref="TimeoutException">etcd has not answered in time; whether the command was appended is not known.</exception>
    /// <inheritdoc/>
    public ValueTask<Committed> ProposeAsync(ReadOnlyMemory<byte> command, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<Committed>(cancellationToken);
        }

        if (command.Length > _options.MaxProposalBytes)
        {
            return Refuse(ProposalRefusal.TooLarge, $"The command has {command.Length} bytes, the limit is {_options.MaxProposalBytes}.");
        }

        var waiting = Interlocked.Increment(ref _queued);
        var bytes = Interlocked.Add(ref _queuedBytes, command.Length);
        if (waiting > _options.MaxQueued || bytes > MaxQueuedBytes)
        {
            Release(command.Length);
            return Refuse(
                ProposalRefusal.Overloaded,
                $"Overloaded: {waiting - 1} commands with {bytes - command.Length} bytes wait to be written. Try again later.");
        }

        var proposal = new Proposal(command.ToArray(), _time.GetTimestamp());
        if (!_mailbox.Writer.TryWrite(() => _waiting.Add(proposal)))
        {
            Release(command.Length);
            return Volatile.Read(ref _failure) is { } failure
                ? ValueTask.FromException<Committed>(failure)
                : Refuse(ProposalRefusal.Unavailable, "The log is shutting down.");
        }

        return new ValueTask<Committed>(proposal.Task.WaitAsync(cancellationToken));
    }

    /// <exception cref="TimeoutException">etcd has not answered in time.</exception>
    /// <inheritdoc/>
    public async ValueTask<ulong> ReadBarrierAsync(CancellationToken cancellationToken = default) =>
        (await PassBarrierAsync(_time.GetTimestamp(), cancellationToken).ConfigureAwait(false)).Applied;

    /// <summary>The snapshot is this server's; the leader's is put into etcd too, and the log before what every live server has is removed.</summary>
    /// <inheritdoc/>
    public Task SnapshotAsync(CancellationToken cancellationToken = default)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return _mailbox.Writer.TryWrite(() => _snapshotRequests.Add(done))
            ? done.Task.WaitAsync(cancellationToken)
            : Task.FromException(Volatile.Read(ref _failure) ?? (Exception)new ProposalRefusedException(ProposalRefusal.Unavailable, "The log is shutting down."));
    }

    /// <summary>What was accepted is still appended and answered, if etcd answers in time; the lease is given back.</summary>
    public async ValueTask DisposeAsync()
    {
        _mailbox.Writer.TryWrite(() => _closing = true);
        await _completion.Task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static ValueTask<Committed> Refuse(ProposalRefusal refusal, string message) =>
        ValueTask.FromException<Committed>(new ProposalRefusedException(refusal, message));

    /// <param name="since">Null: waits as long as it takes.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    private Task<(ulong Applied, long Revision)> PassBarrierAsync(long? since, CancellationToken cancellationToken)
    {
        var barrier = new Barrier(since);
        return _mailbox.Writer.TryWrite(() => _barriers.Add(barrier))
            ? barrier.Task.WaitAsync(cancellationToken)
            : Task.FromException<(ulong, long)>(Ended());
    }

    private void Release(int bytes)
    {
        Interlocked.Decrement(ref _queued);
        Interlocked.Add(ref _queuedBytes, -bytes);
    }
}
