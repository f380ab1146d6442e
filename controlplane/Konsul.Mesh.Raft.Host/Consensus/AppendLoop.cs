using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Konsul.Mesh.Raft.Host.Snapshots;
using Konsul.Mesh.Raft.Host.Storage;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Raft.Host.Consensus;

/// <summary>
/// The one thread that writes to the storage. What has gathered while the disk was busy becomes one batch with one sync; only then do the
/// answers leave that depend on it.
/// </summary>
internal sealed class AppendLoop
{
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(60);

    /// <summary>A full disk is looked at again after so long.</summary>
    private static readonly TimeSpan DiskFullPause = TimeSpan.FromMilliseconds(200);

    private readonly RaftStorage _storage;
    private readonly IAppendHost _host;
    private readonly ILogger _logger;
    private readonly HostRules _rules;
    private readonly Mailbox<AppendWork> _mailbox = new();
    private readonly List<Entry> _entries = [];
    private readonly List<Message> _answers = [];
    private List<AppendWork> _batch = [];
    private HardState? _hardState;
    private bool _diskFull;

    public AppendLoop(RaftStorage storage, IAppendHost host, ILogger logger, HostRules rules) =>
        (_storage, _host, _logger, _rules) = (storage, host, logger, rules);

    /// <summary>How much waits to be written.</summary>
    public int Waiting => _mailbox.Count;

    public void Post(Message message) => _mailbox.Post(new AppendWork(message, null, null));

    /// <summary>
    /// Makes durable what is committed. Usually nothing waits for that; but a server that forgets that a change of members was committed may need
    /// the vote of one that was removed, which may be gone for ever by then.
    /// </summary>
    public void Persist(Action done) => _mailbox.Post(new AppendWork(null, null, done));

    /// <summary>Completes when everything that was posted before is durable: what was applied is committed in the storage too.</summary>
    public Task FenceAsync() => PostAsync(new StagedCommit(null));

    /// <summary>Has a written snapshot become the one that the log begins at.</summary>
    public Task CommitAsync(StagedSnapshot staged) => PostAsync(new StagedCommit(staged));

    public void Close() => _mailbox.Close();

    /// <summary>Writes what has gathered; an error of the disk comes as an exception.</summary>
    /// <returns>False when it is closed.</returns>
    public bool TakeTurn(bool mayWait)
    {
        if (!_mailbox.Take(ref _batch, mayWait ? Idle : TimeSpan.Zero))
        {
            return false;
        }

        foreach (var (message, commit, persisted) in _batch)
        {
            if (message is not null)
            {
                Gather(message);
                continue;
            }

            Flush();
            if (commit is not null)
            {
                CommitOwn(commit);
            }
            else if (persisted is not null)
            {
                WhileDiskIsFull(() => _storage.Append([], mustSync: _rules.HasFlag(HostRules.PersistMembers)));
                persisted();
            }
        }

        Flush();
        return true;
    }

    private Task PostAsync(StagedCommit commit)
    {
        _mailbox.Post(new AppendWork(null, commit, null));
        return commit.Done.Task;
    }

    private void Gather(Message message)
    {
        if (message.Snapshot is { } snapshot)
        {
            Flush();
            Install(snapshot, HardStateOf(message));
        }

        if (!message.Entries.IsEmpty)
        {
            GatherEntries(message.Entries);
        }

        if (message.Snapshot is null && HardStateOf(message) is { } state)
        {
            _hardState = state;
        }

        _answers.AddRange(message.Responses);
        if (!_rules.HasFlag(HostRules.AnswerAfterWrite))
        {
            GiveAnswers();
        }
    }

    private void GatherEntries(ImmutableArray<Entry> entries)
    {
        var first = entries[0].Index;
        if (_entries.Count == 0 || first > _entries[^1].Index)
        {
            _entries.AddRange(entries);
        }
        else if (_rules.HasFlag(HostRules.DropUnwrittenConflicts))
        {
            // A newer leader's entries take the place of those that were not even written yet.
            var kept = first <= _entries[0].Index ? 0 : (int)(first - _entries[0].Index);
            _entries.RemoveRange(kept, _entries.Count - kept);
            _entries.AddRange(entries);
        }
        else
        {
            var known = _entries[^1].Index;
            _entries.AddRange(entries.Where(e => e.Index > known));
        }
    }

    private void Flush()
    {
        if (_entries.Count > 0 || _hardState is not null)
        {
            var old = _storage.HardState;
            var next = _hardState ?? old;
            var mustSync = _entries.Count > 0 || (next.Term, next.Vote) != (old.Term, old.Vote);
            WhileDiskIsFull(() => _storage.Append(CollectionsMarshal.AsSpan(_entries), _hardState, mustSync));
            _entries.Clear();
            _hardState = null;
        }

        GiveAnswers();
    }

    private void GiveAnswers()
    {
        foreach (var answer in _answers)
        {
            _host.Answer(answer);
        }

        _answers.Clear();
    }

    private void Install(Snapshot snapshot, HardState? state)
    {
        var staged = _host.TakeReceived(snapshot)
            ?? throw new LogStoppedException($"Consensus took a snapshot at {snapshot.Index} that was not received.");
        WhileDiskIsFull(() => _storage.CommitSnapshot(staged, _rules.HasFlag(HostRules.SnapshotWithHardState) ? state : null));
        _host.RestoreState();
        _storage.DropObsolete();
    }

    private void CommitOwn(StagedCommit commit)
    {
        try
        {
            if (commit.Staged is not null && _storage.CommitSnapshot(commit.Staged))
            {
                _storage.DropObsolete();
            }

            commit.Done.TrySetResult();
        }
        catch (DiskFullException e)
        {
            commit.Done.TrySetException(e);
        }
    }

    private static HardState? HardStateOf(Message message) =>
        message.Term == 0 && message.Vote == 0 && message.Commit == 0 ? null : new HardState(message.Term, message.Vote, message.Commit);

    /// <summary>Nothing that is waiting here may be lost or told, so it is tried until there is space.</summary>
    private void WhileDiskIsFull(Action write)
    {
        while (true)
        {
            try
            {
                write();
                if (_diskFull)
                {
                    _diskFull = false;
                    _logger.LogInformation("The disk has space again");
                    _host.DiskFull(false);
                }

                return;
            }
            catch (DiskFullException e)
            {
                if (!_diskFull)
                {
                    _diskFull = true;
                    _logger.LogError("The disk is full, writes are refused until there is space: {Message}", e.Message);
                    _host.DiskFull(true);
                }

                if (!_host.Pause(DiskFullPause))
                {
                    throw new LogStoppedException("The log is closed while its disk is full.", e);
                }
            }
        }
    }

    private readonly record struct AppendWork(Message? Message, StagedCommit? Commit, Action? Persisted);

    private sealed record StagedCommit(StagedSnapshot? Staged)
    {
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
