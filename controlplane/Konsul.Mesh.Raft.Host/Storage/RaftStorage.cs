using Konsul.Mesh.Raft.Host.Files;
using Konsul.Mesh.Raft.Host.Segments;
using Konsul.Mesh.Raft.Host.Snapshots;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Raft.Host.Storage;

/// <summary>
/// The write-ahead log and the snapshots under consensus. One thread writes (<see cref="Append"/>, <see cref="CommitSnapshot"/>,
/// <see cref="DropObsolete"/>); any thread reads, without waiting for a write. What it shows is durable. Any error of the disk but a lack of
/// space ends it: every later write throws the same <see cref="LogStoppedException"/>, and the process must start again.
/// </summary>
public sealed partial class RaftStorage : ILogStorage, IDisposable
{
    /// <summary>As etcd does: long before an election is lost over it.</summary>
    private static readonly TimeSpan SlowSync = TimeSpan.FromSeconds(1);

    private readonly RaftStorageOptions _options;
    private readonly LogDirectory _directory;

    /// <summary>For the files of snapshots, which other threads write: their errors end the storage too.</summary>
    private readonly LogDirectory _watched;
    private readonly ILogger _logger;
    private readonly IDisposable _lock;
    private readonly SegmentedLog _log;
    private readonly EntryTable _entries;
    private readonly SegmentReaders _readers;
    private LogBase _base;
    private StateHolder _hardState;
    private RaftStorageStatus _status = new();
    private long _statusAt;
    private LogStoppedException? _failure;
    private Action<LogStoppedException>? _onFailure;

    private RaftStorage(
        RaftStorageOptions options,
        RaftIdentity identity,
        LogDirectory directory,
        IDisposable directoryLock,
        StorageRecovery.Result recovered,
        ILogger logger)
    {
        (_options, Identity, _directory, _lock, _logger) = (options, identity, directory, directoryLock, logger);
        (_log, _entries, _base, Repair) = (recovered.Log, recovered.Entries, recovered.Base, recovered.Repair);
        _hardState = new StateHolder(recovered.HardState, recovered.HardState);
        _readers = new SegmentReaders(directory);
        _watched = directory with { Files = new WatchedFileSystem(directory.Files, e => Stop(e)) };
        PublishStatus();
    }

    public RaftIdentity Identity { get; }

    /// <summary>Called once, on whatever thread has found that the disk fails; at once if that was before.</summary>
    internal Action<LogStoppedException>? OnFailure
    {
        set
        {
            Volatile.Write(ref _onFailure, value);
            if (Volatile.Read(ref _failure) is { } failure)
            {
                value?.Invoke(failure);
            }
        }
    }

    /// <summary>What opening had to repair.</summary>
    public StorageRepair Repair { get; }

    /// <summary>The newest, also when only its commit index is not on the disk yet.</summary>
    public HardState HardState => Volatile.Read(ref _hardState).Current;

    internal HostRules Rules => _options.Rules;

    public ConfState Members => Snapshot.Members;

    public ulong FirstIndex => _entries.FirstIndex;

    public ulong LastIndex => _entries.LastIndex;

    public Snapshot Snapshot => Volatile.Read(ref _base).Current.Meta;

    /// <summary>Bytes of the newest snapshot; 0 without one.</summary>
    public long SnapshotBytes => Volatile.Read(ref _base).Current.Length;

    public RaftStorageStatus Status
    {
        get
        {
            var status = Volatile.Read(ref _status);
            return status with
            {
                FirstIndex = FirstIndex,
                LastIndex = LastIndex,
                MemoryBytes = _entries.CachedBytes,
                OldestLogAge = status.OldestLogAge + _directory.Time.GetElapsedTime(_statusAt),
                Failure = Volatile.Read(ref _failure)?.Message ?? "",
            };
        }
    }

    /// <summary>Who this node is.</summary>
    /// <returns>Null for a directory that is missing or was never initialized: bootstrap or join first.</returns>
    /// <exception cref="LogDamagedException">The identity file is not as it was written.</exception>
    public static RaftIdentity? ReadIdentity(string directory) =>
        Directory.Exists(directory) ? IdentityFile.Read(new PosixFileSystem(), directory) : null;

    /// <summary>
    /// Makes a data directory, once the cluster id and the node id are known: by the bootstrap that invents them, or from the leader that lets
    /// this node join. Cut short by a crash it can be called again; afterwards the identity never changes.
    /// </summary>
    /// <param name="options">Where and how.</param>
    /// <param name="identity">Written into every file.</param>
    /// <param name="founders">The configuration before the first entry: at bootstrap the founding voters, the same on each of them; empty for a
    /// node that joins later, whose configuration comes with a snapshot or the log.</param>
    /// <param name="time">For the age of the log.</param>
    /// <exception cref="InvalidOperationException">It has an identity already.</exception>
    /// <exception cref="LogDamagedException">It was in use and its identity is gone.</exception>
    /// <exception cref="IOException">Another process uses the directory, or the disk fails or is full.</exception>
    public static void Initialize(RaftStorageOptions options, RaftIdentity identity, ConfState founders, TimeProvider time) =>
        Initialize(options, identity, founders, time, new PosixFileSystem());

    /// <summary>Recovers what is durable.</summary>
    /// <exception cref="LogDamagedException">The directory is not as it was written; names file and offset. Nothing was changed. The node must not
    /// vote: its place is a new, empty directory and a new node id.</exception>
    /// <exception cref="LogVersionException">A newer program wrote it.</exception>
    /// <exception cref="InvalidOperationException">It was never initialized.</exception>
    /// <exception cref="IOException">Another process uses the directory, or the disk fails.</exception>
    public static RaftStorage Open(RaftStorageOptions options, TimeProvider time, ILogger logger) => Open(options, time, logger, new PosixFileSystem());

    public LogRead TryGetTerm(ulong index, out ulong term) => _entries.TryGetTerm(index, out term);

    /// <inheritdoc/>
    /// <remarks>Bytes are those of the data. Old entries may be read from the disk, see <see cref="RaftStorageOptions.MemoryBytes"/>.</remarks>
    /// <exception cref="LogDamagedException">An entry that is read from the disk is not as it was written.</exception>
    public LogRead TryGetEntries(ulong low, ulong high, ulong maxBytes, List<Entry> into)
    {
        var slots = new List<EntrySlot>();
        var answer = _entries.TryGet(low, high, maxBytes, slots);
        for (var i = 0; i < slots.Count; i++)
        {
            var (slot, index) = (slots[i], low + (ulong)i);
            if (slot.Data.Length == slot.Length)
            {
                into.Add(new Entry(slot.Term, index, slot.Type, slot.Data));
            }
            else if (_readers.TryRead(index, slot, out var entry))
            {
                into.Add(entry);
            }
            else
            {
                into.RemoveRange(into.Count - i, i);
                return LogRead.Compacted;
            }
        }

        return answer;
    }

    /// <summary>Writes down the newest commit index, if it works, and closes. The writer's thread calls it.</summary>
    public void Dispose()
    {
        try
        {
            if (_failure is null && _hardState.Current != _hardState.Durable)
            {
                Write([HardStateRecord.Of(_hardState.Current)]);
            }
        }
        catch (Exception e) when (e is LogStoppedException or DiskFullException)
        {
            _logger.LogWarning("The newest commit index could not be written, which loses nothing: {Message}", e.Message);
        }

        _failure ??= new LogStoppedException("The storage is closed.");
        _readers.Dispose();
        _log.Dispose();
        _lock.Dispose();
    }

    internal static void Initialize(RaftStorageOptions options, RaftIdentity identity, ConfState founders, TimeProvider time, ILogFileSystem files)
    {
        ArgumentException.ThrowIfNullOrEmpty(identity.ClusterId, nameof(identity));
        ArgumentOutOfRangeException.ThrowIfZero(identity.NodeId, nameof(identity));
        var directory = DirectoryOf(options, identity, time, files);
        files.CreateDirectory(directory.Path);
        using var held = directory.Lock();
        if (IdentityFile.Read(files, directory.Path) is { } existing)
        {
            throw new InvalidOperationException($"{directory.Path} belongs to {existing} for ever, it cannot be made one of {identity}.");
        }

        IdentityFile.Write(directory, founders);
    }

    internal static RaftStorage Open(RaftStorageOptions options, TimeProvider time, ILogger logger, ILogFileSystem files)
    {
        files.CreateDirectory(options.Directory);
        var identity = IdentityFile.Read(files, options.Directory)
            ?? throw new InvalidOperationException($"{options.Directory} was never initialized: bootstrap a cluster or join one.");
        var directory = DirectoryOf(options, identity, time, files) with { OnSync = took => Observe(took, options.OnSync, logger) };
        var held = directory.Lock();
        try
        {
            return new RaftStorage(options, identity, directory, held, StorageRecovery.Run(directory, options.MemoryBytes, logger), logger);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    private static void Observe(TimeSpan took, Action<TimeSpan>? onSync, ILogger logger)
    {
        onSync?.Invoke(took);
        if (took > SlowSync)
        {
            logger.LogWarning("Making a batch durable took {Milliseconds:F0} ms: the disk is slow", took.TotalMilliseconds);
        }
    }

    private static LogDirectory DirectoryOf(RaftStorageOptions options, RaftIdentity identity, TimeProvider time, ILogFileSystem files)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.SegmentBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.SegmentBytes, SegmentedLog.MaxBatch);
        ArgumentOutOfRangeException.ThrowIfNegative(options.TrailingEntries);
        return new LogDirectory(files, options.Directory, IdentityFile.ToLog(identity), options.SegmentBytes, time)
        {
            Salts = options.Salts,
            Rules = options.Rules,
        };
    }

    /// <param name="Current">As the core knows it.</param>
    /// <param name="Durable">As the disk has it.</param>
    private sealed record StateHolder(HardState Current, HardState Durable);
}
