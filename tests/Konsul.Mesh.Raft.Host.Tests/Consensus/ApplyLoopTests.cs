using System.Collections.Immutable;
using System.Text;
using Konsul.Mesh.Raft.Host.Consensus;
using Konsul.Mesh.Raft.Host.Tests.Storage;
using Konsul.Mesh.Raft.Membership;

namespace Konsul.Mesh.Raft.Host.Tests.Consensus;

public sealed class ApplyLoopTests
{
    [Fact]
    public void Apply_EntriesThatARestoredSnapshotHolds_AreSkipped()
    {
        var machine = new RecordingMachine();

        Restore(machine, HostRules.All);

        Assert.Equal(["11", "12"], machine.Commands);
    }

    [Fact]
    public void Apply_WithoutThatRule_AreAppliedTwice()
    {
        var machine = new RecordingMachine();

        Restore(machine, HostRules.All & ~HostRules.SkipApplied);

        Assert.Equal(["9", "10", "11", "12"], machine.Commands);
    }

    private static void Restore(RecordingMachine machine, HostRules rules)
    {
        var loop = new ApplyLoop(machine, new ProposalTable(1, 10, 1000), new ReadWaiters(), new Host(), new Snapshot(0, 0, StorageFixture.Founders), rules);
        loop.Restored(new Snapshot(10, 1, StorageFixture.Founders));
        loop.Post(new Message
        {
            Type = MessageType.StorageApply,
            Entries = [.. Enumerable.Range(9, 4).Select(i => new Entry(1, (ulong)i, EntryType.Normal, Wrap($"{i}")))],
        });
        loop.TakeTurn(mayWait: false);
    }

    private static byte[] Wrap(string command) => CommandHeader.Wrap(new CommandHeader(7, 1), Encoding.UTF8.GetBytes(command));

    private sealed class Host : IApplyHost
    {
        public ConfState ApplyConfChange(ConfChange change, ulong index) => StorageFixture.Founders;

        public void Applied(int entries, long bytes, ulong term, ImmutableArray<Message> answers)
        {
        }
    }
}
