using System.Threading.Channels;
using Konsul.Mesh.Raft.Host.Files;
using Konsul.Mesh.Raft.Host.Format;
using Konsul.Mesh.Raft.Host.Segments;
using Konsul.Mesh.Raft.Host.Snapshots;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Raft.Host;

/// <summary>
/// The replicated log of a cluster of one: always the leader of its own term, so committed means durable here. One owner thread takes what
/// waits, writes it as one batch, syncs once, applies and answers (group commit). Any sync or write error but a full disk stops it for good.
/// </summary>
public sealed partial class SingleNodeLog : IReplicatedLog
{
    /// <summary>Bytes of proposals that may wait (etcd bounds uncommitted entries the same way).</summary>
    private const long MaxQueuedBytes = 64 * 1024 * 1024;

    private readonly SingleNodeLogOptions _options;
    private readonly LogDirectory _directory;
    private readonly IReplicatedStateMachine _machine;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly IDisposable _lock;
    private readonly SegmentedLog _log;
    private readonly List<SnapshotFile> _snapshots;

    /// <summary>The proposer wakes the owner thread itself: no detour over a thread pool that may be busy.</summary>
    private readonly Channel<WorkItem> _mailbox =
        Channel.CreateUnbounded<WorkItem>(new UnboundedChannelOptions { SingleReader = true, AllowSynchronousContinuations = true });

    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ulong _term;
    private int _queued;
    private long _queuedBytes;
    private ulong _applied;
    private LogStatus _status;
    private LogStoppedException? _failure;

    private SingleNodeLog(
        SingleNodeLogOptions options,
        LogDirectory directory,
        IReplicatedStateMachine machine,
        TimeProvider time,
        ILogger logger,
        IDisposable directoryLock,
        RecoveredLog recovered)
    {
        (_options, _directory, _machine, _time, _logger, _lock) = (options, directory, machine, time, logger, directoryLock);
        (_log, _snapshots, _applied, _term) = (recovered.Log, recovered.Snapshots, recovered.Applied, recovered.Log.Term);
        _entriesSinceSnapshot = (int)Math.Min(int.MaxValue, _applied - SnapshotIndex);
        _status = MakeStatus();
    }

    public event Action<LogStatus>? LeadershipChanged;

    public LogStatus Status => Volatile.Read(ref _status) with { Queued = Volatile.Read(ref _queued) };

    public Task Completion => _completion.Task;

    /// <summary>Restores the newest snapshot, replays the log, and starts a new term.</summary>
    /// <exception cref="LogDamagedException">The directory is not as it was written; names file and offset. Nothing was changed.</exception>
    /// <exception cref="LogStoppedException">The state machine cannot apply what the log holds.</exception>
    /// <exception cref="IOException">Another process uses the directory, or the disk fails.</exception>
    public static Task<SingleNodeLog> OpenAsync(
        SingleNodeLogOptions options, IReplicatedStateMachine machine, TimeProvider time, ILogger logger, CancellationToken cancellationToken = default) =>
        OpenAsync(options, machine, new PosixFileSystem(), time, logger, cancellationToken);

    internal static Task<SingleNodeLog> OpenAsync(
        SingleNodeLogOptions options,
        IReplicatedStateMachine machine,
        ILogFileSystem files,
        TimeProvider time,
        ILogger logger,
        CancellationToken cancellationToken = default) =>
        Task.Run(() => Open(options, machine, files, time, logger), cancellationToken);

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

        var proposal = new Proposal(command.ToArray());
        if (!_mailbox.Writer.TryWrite(proposal))
        {
            Release(command.Length);
            return Volatile.Read(ref _failure) is { } failure
                ? ValueTask.FromException<Committed>(failure)
                : Refuse(ProposalRefusal.Unavailable, "The log is shutting down.");
        }

        return new ValueTask<Committed>(proposal.Task.WaitAsync(cancellationToken));
    }

    /// <summary>Commands are acknowledged after they are applied, so everything acknowledged before is.</summary>
    public ValueTask<ulong> ReadBarrierAsync(CancellationToken cancellationToken = default) =>
        Volatile.Read(ref _failure) is { } failure ? ValueTask.FromException<ulong>(failure) : ValueTask.FromResult(Volatile.Read(ref _applied));

    public Task SnapshotAsync(CancellationToken cancellationToken = default)
    {
        var request = new SnapshotRequest();
        if (_mailbox.Writer.TryWrite(request))
        {
            return request.Done.Task.WaitAsync(cancellationToken);
        }

        var closing = new ProposalRefusedException(ProposalRefusal.Unavailable, "The log is shutting down.");
        return Task.FromException(Volatile.Read(ref _failure) ?? (Exception)closing);
    }

    /// <summary>What was accepted is still written and answered.</summary>
    public async ValueTask DisposeAsync()
    {
        _mailbox.Writer.TryComplete();
        await _completion.Task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static SingleNodeLog Open(
        SingleNodeLogOptions options, IReplicatedStateMachine machine, ILogFileSystem files, TimeProvider time, ILogger logger)
    {
        var directory = new LogDirectory(files, options.Directory, new LogIdentity(options.ClusterId, options.NodeId), options.SegmentBytes);
        files.CreateDirectory(directory.Path);
        var directoryLock = Lock(files, directory.FileOf("lock"));
        SegmentedLog? segments = null;
        try
        {
            var recovered = new LogRecovery(directory, machine, logger).Run();
            segments = recovered.Log;

            // The vote for oneself in the new term, durable before anything is done in it.
            segments.Append(Math.Max(segments.Term, recovered.Snapshots is [var newest, ..] ? newest.Term : 0) + 1, []);
            var opened = new SingleNodeLog(options, directory, machine, time, logger, directoryLock, recovered);
            new Thread(opened.Run) { IsBackground = true, Name = "konsul-log" }.Start();
            return opened;
        }
        catch
        {
            segments?.Dispose();
            directoryLock.Dispose();
            throw;
        }
    }

    private static IDisposable Lock(ILogFileSystem files, string path)
    {
        try
        {
            return files.Lock(path);
        }
        catch (IOException e)
        {
            throw new IOException($"{path} is held by another process, or cannot be locked: {e.Message}", e);
        }
    }

    private static ValueTask<Committed> Refuse(ProposalRefusal refusal, string message) =>
        ValueTask.FromException<Committed>(new ProposalRefusedException(refusal, message));

    private void Release(int bytes)
    {
        Interlocked.Decrement(ref _queued);
        Interlocked.Add(ref _queuedBytes, -bytes);
    }
}
