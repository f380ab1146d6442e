using Konsul.Mesh.Raft.Host.Snapshots;
using Konsul.Mesh.Raft.Host.Storage;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Raft.Host.Consensus;

/// <summary>
/// The replicated log on consensus: the same for one server and for five. Three threads that only leave each other messages: the owner of the
/// core, the writer of the disk, and the one that applies. An error of the disk or of the state machine stops all of it for good.
/// </summary>
public sealed partial class ConsensusLog : IReplicatedLog
{
    private readonly ConsensusLogOptions _options;
    private readonly RaftStorage _storage;
    private readonly IReplicatedStateMachine _machine;
    private readonly IPeerLink _peers;
    private readonly TimeProvider _time;
    private readonly ILoopRunner _runner;
    private readonly ILogger _logger;
    private readonly ProposalTable _proposals;
    private readonly ReadWaiters _waiters;
    private readonly NodeDriver _driver;
    private readonly AppendLoop _append;
    private readonly ApplyLoop _apply;
    private readonly Mailbox<Action> _mailbox = new();
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _closing = new();
    private readonly LeadershipRecorder _recorder;
    private volatile bool _diskFull;
    private LogStatus _status;
    private LogStoppedException? _failure;

    private ConsensusLog(
        ConsensusLogOptions options, RaftStorage storage, IReplicatedStateMachine machine, IPeerLink peers, ChanceSource chance, TimeProvider time, ILogger logger)
    {
        (_options, _storage, _machine, _peers, _time, _logger) = (options, storage, machine, peers, time, logger);
        _recorder = new LeadershipRecorder(options.Metrics, time);
        (_runner, _waiters) = (options.Runner, new ReadWaiters(options.Rules));
        _proposals = new ProposalTable(chance.Origin, options.MaxQueued, options.MaxQueuedBytes);
        var node = new RaftNode(options.Tune(new RaftOptions
        {
            Id = storage.Identity.NodeId,
            Storage = storage,
            Jitter = chance.Jitter,
            Applied = storage.Snapshot.Index,
            AsyncStorageWrites = true,
            ForwardProposals = false,
            ReadEpoch = chance.ReadEpoch,

            // The header before a command is ours, not the caller's.
            MaxProposalBytes = options.MaxProposalBytes + CommandHeader.Size,
            Trace = new LoggedTrace(logger),
        }));
        _driver = new NodeDriver(node, new Effects(this), _proposals, _waiters, new DriverTiming(), chance.Jitter, options.Rules);
        _append = new AppendLoop(storage, new AppendSide(this), logger, options.Rules);
        _apply = new ApplyLoop(machine, _proposals, _waiters, new ApplySide(this), storage.Snapshot, options.Rules);
        _status = MakeStatus();
    }

    public event Action<LogStatus>? LeadershipChanged;

    public LogStatus Status
    {
        get
        {
            var (status, stored, applied) = (Volatile.Read(ref _status), _storage.Status, _waiters.Applied);
            return status with
            {
                CommitIndex = Math.Max(status.CommitIndex, applied),
                FirstIndex = stored.FirstIndex,
                LastIndex = stored.LastIndex,
                SnapshotIndex = stored.SnapshotIndex,
                LogBytes = stored.LogBytes,
                Segments = stored.Segments,
                Syncs = stored.Syncs,
                OldestLogAge = stored.OldestLogAge,
                SnapshotBytes = stored.SnapshotBytes,
                AppliedIndex = applied,
                Queued = _proposals.Count,
                Queues = new LogQueues { Owner = _mailbox.Count, Append = _append.Waiting, Apply = _apply.Waiting, Reads = _waiters.Count },
                DiskFull = _diskFull,
                SinceLeaderContact = SinceLeaderContact(status),
            };
        }
    }

    public Task Completion => _completion.Task;

    /// <summary>The id of this server in consensus.</summary>
    public ulong NodeId => _storage.Identity.NodeId;

    /// <summary>Who leads, 0 without one; newer than <see cref="Consensus"/>.</summary>
    internal ulong Leader => Volatile.Read(ref _leaderId);

    /// <summary>Recovers what is durable and starts. The storage is owned from here on.</summary>
    /// <exception cref="LogDamagedException">The newest snapshot is not as it was written.</exception>
    internal static ConsensusLog Start(
        ConsensusLogOptions options, RaftStorage storage, IReplicatedStateMachine machine, IPeerLink peers, ChanceSource chance, TimeProvider time, ILogger logger)
    {
        try
        {
            using (var snapshot = storage.OpenSnapshot())
            {
                if (snapshot is not null)
                {
                    using var state = snapshot.OpenState();
                    machine.Restore(state);
                }
            }

            var log = new ConsensusLog(options, storage, machine, peers, chance, time, logger);
            log.StartLoops();
            return log;
        }
        catch
        {
            storage.Dispose();
            throw;
        }
    }

    public ValueTask<Committed> ProposeAsync(ReadOnlyMemory<byte> command, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<Committed>(cancellationToken);
        }

        if (command.Length > _options.MaxProposalBytes)
        {
            return ValueTask.FromException<Committed>(new ProposalRefusedException(
                ProposalRefusal.TooLarge, $"The command has {command.Length} bytes, the limit is {_options.MaxProposalBytes}."));
        }

        if (_diskFull && Volatile.Read(ref _status).Role == LogRole.Leader)
        {
            return ValueTask.FromException<Committed>(DiskIsFull());
        }

        try
        {
            var proposal = _proposals.Add(command.Span);
            Post(() => _driver.Propose(proposal));
            return new ValueTask<Committed>(proposal.Task.WaitAsync(cancellationToken));
        }
        catch (Exception e) when (e is ProposalRefusedException or LogStoppedException)
        {
            return ValueTask.FromException<Committed>(e);
        }
    }

    public ValueTask<ulong> ReadBarrierAsync(CancellationToken cancellationToken = default)
    {
        var reader = new TaskCompletionSource<ulong>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!Post(() => _driver.Read(reader)))
        {
            return ValueTask.FromException<ulong>(Ended());
        }

        return new ValueTask<ulong>(reader.Task.WaitAsync(cancellationToken));
    }

    public Task SnapshotAsync(CancellationToken cancellationToken = default)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!_apply.Post(loop => RequestSnapshot(loop, done)))
        {
            done.TrySetException(Ended());
        }

        return done.Task.WaitAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        Close();
        await _completion.Task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _closing.Dispose();
    }

    private static ProposalRefusedException DiskIsFull() =>
        new(ProposalRefusal.DiskFull, "The disk of the log is full.");

    private bool Post(Action work) => _mailbox.Post(work);

    private LogStoppedException Ended() => Volatile.Read(ref _failure) ?? new LogStoppedException("The log is closed.");
}
