using System.Collections.Immutable;
using Konsul.Mesh.Raft.Membership;

namespace Konsul.Mesh.Raft.Tests.Cluster;

/// <summary>A node with a disk that keeps only what was persisted, and a state machine that remembers what it applied.</summary>
internal sealed class TestNode
{
    private readonly Func<MemoryStorage, ulong, RaftOptions> _options;
    private readonly Queue<Message> _appends = [];
    private readonly Queue<Message> _applies = [];

    public TestNode(MemoryStorage disk, Func<MemoryStorage, ulong, RaftOptions> options)
    {
        (Disk, _options) = (disk, options);
        Raft = Start();
    }

    public MemoryStorage Disk { get; }

    public RaftNode Raft { get; private set; }

    public RaftOptions Options { get; private set; } = null!;

    public ConfState Members { get; private set; } = ConfState.Empty;

    public ulong AppliedIndex { get; private set; }

    /// <summary>Sees every Ready before it is carried out.</summary>
    public Action<Ready>? ReadyTaken { get; set; }

    public bool IsDown { get; set; }

    public List<Entry> Applied { get; } = [];

    public List<ReadState> Reads { get; } = [];

    public bool HasAppends => _appends.Count > 0;

    public bool HasApplies => _applies.Count > 0;

    public RaftStatus Status => Raft.Status();

    public bool IsLeader => !IsDown && Status.IsLeader;

    /// <summary>Everything that was not persisted is gone.</summary>
    public void Restart()
    {
        _appends.Clear();
        _applies.Clear();
        Applied.Clear();
        Reads.Clear();
        IsDown = false;
        Raft = Start();
    }

    /// <summary>Takes one Ready; with synchronous storage carries it out at once.</summary>
    /// <returns>What goes to other nodes.</returns>
    public List<Message> TakeReady()
    {
        var ready = Raft.TakeReady();
        ReadyTaken?.Invoke(ready);
        Reads.AddRange(ready.ReadStates);
        if (!Options.AsyncStorageWrites)
        {
            Persist(ready.HardState, ready.Entries, ready.Snapshot);
            Apply(ready.CommittedEntries);
            Raft.Advance();
            return [.. ready.Messages, .. ready.MessagesAfterAppend];
        }

        var sent = new List<Message>();
        foreach (var message in ready.Messages)
        {
            switch (message.To)
            {
                case LocalTarget.Append:
                    _appends.Enqueue(message);
                    break;
                case LocalTarget.Apply:
                    _applies.Enqueue(message);
                    break;
                default:
                    sent.Add(message);
                    break;
            }
        }

        return sent;
    }

    /// <summary>One write of asynchronous storage.</summary>
    public List<Message> PersistOne()
    {
        var message = _appends.Dequeue();
        Persist(message.Term == 0 ? null : new HardState(message.Term, message.Vote, message.Commit), message.Entries, message.Snapshot);
        return Respond(message);
    }

    public List<Message> ApplyOne()
    {
        var message = _applies.Dequeue();
        Apply(message.Entries);
        return Respond(message);
    }

    /// <summary>Snapshot of what is applied; the log keeps so many entries behind it.</summary>
    public void Compact(ulong trailing)
    {
        if (AppliedIndex > Disk.Snapshot.Index && AppliedIndex <= Disk.LastIndex)
        {
            Disk.CreateSnapshot(AppliedIndex, Members);
            if (AppliedIndex - trailing >= Disk.FirstIndex && AppliedIndex > trailing)
            {
                Disk.Compact(AppliedIndex - trailing);
            }
        }
    }

    private RaftNode Start()
    {
        (Members, AppliedIndex) = (Disk.Members, Disk.Snapshot.Index);
        Options = _options(Disk, AppliedIndex);
        return new RaftNode(Options);
    }

    private void Persist(HardState? hard, ImmutableArray<Entry> entries, Snapshot? snapshot)
    {
        Disk.HardState = hard ?? Disk.HardState;
        if (snapshot is not null)
        {
            Disk.ApplySnapshot(snapshot);
            (Members, AppliedIndex) = (snapshot.Members, snapshot.Index);
        }

        Disk.Append(entries.AsSpan());
    }

    private void Apply(ImmutableArray<Entry> entries)
    {
        foreach (var entry in entries.Where(e => e.Index > AppliedIndex))
        {
            Assert.Equal(AppliedIndex + 1, entry.Index);
            if (entry.Type != EntryType.Normal)
            {
                Assert.True(ConfChange.TryDecode(entry.Type, entry.Data, out var change));
                Members = Raft.ApplyConfChange(change, entry.Index);
            }

            Applied.Add(entry);
            AppliedIndex = entry.Index;
        }
    }

    private List<Message> Respond(Message message)
    {
        var others = new List<Message>();
        foreach (var response in message.Responses)
        {
            if (response.To == Raft.Id)
            {
                Raft.Step(response);
            }
            else
            {
                others.Add(response);
            }
        }

        return others;
    }
}
