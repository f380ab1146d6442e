using Konsul.Mesh.Raft.Host.Consensus;
using Konsul.Mesh.Raft.Host.Snapshots;
using Konsul.Mesh.Raft.Host.Storage;
using Konsul.Mesh.Raft.Host.Tests.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace Konsul.Mesh.Raft.Host.Tests.Consensus;

/// <summary>What the loop makes durable, turn by turn.</summary>
public sealed class AppendLoopTests
{
    private readonly FakeDisk _disk = StorageFixture.NewDisk();

    /// <summary>A server that was left alone by a removal forgot, with a kill, that the removal was committed, and waited for the other's vote for ever.</summary>
    [Fact]
    public void Persist_OnlyTheCommitIndexIsNew_SurvivesAPowerCut()
    {
        using var storage = StorageFixture.Open(_disk);
        var loop = NewLoop(storage);
        storage.Append(StorageFixture.Range(1, 1, 3), new HardState(1, 1, 2));
        loop.Post(new Message { Type = MessageType.StorageAppend, Term = 1, Vote = 1, Commit = 3 });
        loop.TakeTurn(mayWait: false);
        Assert.Equal(2UL, AfterPowerCut().Commit);

        var told = false;
        loop.Persist(() =>
        {
            told = true;
            Assert.Equal(3UL, AfterPowerCut().Commit);
        });
        loop.TakeTurn(mayWait: false);

        Assert.True(told);
    }

    [Theory]
    [InlineData(HostRules.All, 7UL)]
    [InlineData(HostRules.All & ~HostRules.SnapshotWithHardState, 3UL)]
    internal void Install_SnapshotWithANewTerm_MakesBothDurable(HostRules rules, ulong term)
    {
        using var storage = StorageFixture.Open(_disk);
        storage.Append([], new HardState(3, 0, 0));
        var (offer, content) = StorageFixture.Foreign(10, 3, "state");
        var loop = NewLoop(storage, storage.Receive(offer, content), rules);

        loop.Post(new Message { Type = MessageType.StorageAppend, Term = 7, Vote = 2, Commit = 10, Snapshot = offer.Snapshot.Meta });
        loop.TakeTurn(mayWait: false);

        Assert.Equal(term, AfterPowerCut().Term);
    }

    private static AppendLoop NewLoop(RaftStorage storage, StagedSnapshot? received = null, HostRules rules = HostRules.All) =>
        new(storage, new Host(received), NullLogger.Instance, rules);

    private HardState AfterPowerCut()
    {
        using var after = StorageFixture.Open(_disk.AfterPowerCut(null));
        return after.HardState;
    }

    private sealed class Host(StagedSnapshot? received) : IAppendHost
    {
        public void Answer(Message answer)
        {
        }

        public StagedSnapshot? TakeReceived(Snapshot snapshot) => received;

        public void RestoreState()
        {
        }

        public void DiskFull(bool isFull)
        {
        }

        public bool Pause(TimeSpan time) => false;
    }
}
