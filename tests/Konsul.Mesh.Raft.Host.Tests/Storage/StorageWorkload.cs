using System.Text;
using Konsul.Mesh.Raft.Host.Snapshots;
using Konsul.Mesh.Raft.Host.Storage;
using Konsul.Mesh.Raft.Host.Tests.Disk;
using static Konsul.Mesh.Raft.Host.Tests.Storage.StorageFixture;

namespace Konsul.Mesh.Raft.Host.Tests.Storage;

/// <summary>Random but legal use of a storage, beside a model. At any moment <see cref="Allowed"/> says what a crash may leave.</summary>
internal sealed class StorageWorkload
{
    private readonly Random _random;
    private readonly RaftStorageOptions _options;
    private int _snapshots;

    public StorageWorkload(Random random, RaftStorageOptions options, FakeDisk disk)
    {
        (_random, _options, Disk) = (random, options, disk);
        Storage = Open(disk, options);
    }

    public FakeDisk Disk { get; private set; }

    public RaftStorage Storage { get; private set; }

    public StorageModel Model { get; private set; } = StorageModel.Empty;

    /// <summary>One state, or those before and after the batch that is being written.</summary>
    public IReadOnlyList<StorageModel> Allowed { get; private set; } = [StorageModel.Empty];

    public string LastStep { get; private set; } = "";

    public void Step()
    {
        switch (_random.Next(20))
        {
            case < 7:
                AppendBehind();
                break;
            case < 10:
                Overwrite();
                break;
            case < 13:
                AdvanceHardState();
                break;
            case < 15:
                AdvanceCommitWithoutSync();
                break;
            case < 17:
                TakeSnapshot();
                break;
            case 17:
                Receive();
                break;
            case 18:
                LastStep = "drop obsolete";
                Storage.DropObsolete();
                break;
            default:
                LastStep = "reopen";
                Storage.Dispose();
                Disk.ReleaseLocks();
                Continue(Disk, Model);
                break;
        }

        Assert.Null(Model.Difference(Storage, recovered: false));
    }

    /// <summary>Goes on after a restart or a crash.</summary>
    public void Continue(FakeDisk disk, StorageModel model)
    {
        Disk = disk;
        Storage = Open(disk, _options);
        Model = model with { HardState = Storage.HardState, DurableCommit = Storage.HardState.Commit };
        Allowed = [Model];
    }

    private void AppendBehind()
    {
        LastStep = "append";
        var state = Model.HardState;
        if (state.Term == 0 || _random.Next(5) == 0)
        {
            state = state with { Term = state.Term + 1, Vote = 2 };
        }

        var entries = NewEntries(Model.Last + 1, state.Term);
        Append(entries, state with { Commit = CommitUpTo(Model.Last + (ulong)entries.Length) });
    }

    private void Overwrite()
    {
        if (Model.Last == Model.HardState.Commit)
        {
            return;
        }

        LastStep = "overwrite";
        var state = Model.HardState with { Term = Model.HardState.Term + 1, Vote = 0 };
        var first = Model.HardState.Commit + 1 + (ulong)_random.NextInt64((long)(Model.Last - Model.HardState.Commit));
        Append(NewEntries(first, state.Term), state);
    }

    private void AdvanceHardState()
    {
        LastStep = "hard state";
        Append([], new HardState(Model.HardState.Term + 1, (ulong)_random.Next(4), CommitUpTo(Model.Last)));
    }

    private void AdvanceCommitWithoutSync()
    {
        LastStep = "commit";
        var state = Model.HardState with { Commit = CommitUpTo(Model.Last) };
        Storage.Append([], state, mustSync: false);
        Model = Model with { HardState = state };
        Allowed = [Model];
    }

    private void TakeSnapshot()
    {
        if (Model.HardState.Commit == Model.SnapshotIndex)
        {
            return;
        }

        LastStep = "snapshot";
        var index = Model.SnapshotIndex + 1 + (ulong)_random.NextInt64((long)(Model.HardState.Commit - Model.SnapshotIndex));
        var state = NewState();
        var staged = Storage.Write(index, state);
        Commit(staged, Model.Begin(index, Model[index].Term, state, Model.HardState));
    }

    /// <summary>Mostly beyond the log; at times of an entry that is in it, or of one that another node has there.</summary>
    private void Receive()
    {
        LastStep = "receive";
        var commit = Model.HardState.Commit;
        var index = commit + 1 + (ulong)_random.NextInt64((long)(Model.Last - commit) + 4);
        var term = index <= Model.Last && _random.Next(2) == 0 ? Model[index].Term : Model.HardState.Term + 1;
        var state = NewState();
        var (offer, content) = Foreign(index, term, state);
        using (var cut = Storage.BeginReceive(offer))
        {
            var half = content.AsSpan(0, content.Length / 2);
            cut.Write(0, half, Crc(half));
        }

        var staged = Storage.Receive(offer, content, chunk: 700);
        var hard = Model.HardState with { Commit = index };
        hard = term > hard.Term ? hard with { Term = term, Vote = 0 } : hard;
        Commit(staged, Model.Begin(index, term, state, hard));
    }

    private void Commit(StagedSnapshot staged, StorageModel after)
    {
        Allowed = [Model, after];
        Assert.True(Storage.CommitSnapshot(staged, after.HardState));
        Model = after;
        Allowed = [Model];
        if (_random.Next(3) > 0)
        {
            Storage.DropObsolete();
        }
    }

    private void Append(Entry[] entries, HardState state)
    {
        var after = Model.Append(entries, state);
        Allowed = [Model, after];
        Storage.Append(entries, state);
        Model = after;
        Allowed = [Model];
    }

    private Entry[] NewEntries(ulong first, ulong term)
    {
        var entries = new Entry[1 + _random.Next(6)];
        for (var i = 0; i < entries.Length; i++)
        {
            var data = new byte[_random.Next(12) == 0 ? _random.Next(1800) : _random.Next(120)];
            _random.NextBytes(data);
            data.AsSpan(0, data.Length / 3).Clear();
            entries[i] = new Entry(term, first + (ulong)i, (EntryType)_random.Next(3), data);
        }

        return entries;
    }

    private ulong CommitUpTo(ulong last) =>
        Model.HardState.Commit + (ulong)_random.NextInt64((long)(last - Model.HardState.Commit) + 1);

    private string NewState() => new StringBuilder().Insert(0, $"state {++_snapshots} ", 1 + _random.Next(60)).ToString();
}
