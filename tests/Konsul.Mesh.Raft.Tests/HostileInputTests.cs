using System.Collections.Immutable;
using Konsul.Mesh.Raft.Tests.Cluster;

namespace Konsul.Mesh.Raft.Tests;

/// <summary>What a broken or hostile peer can send: refused with a clear outcome, and nothing changes.</summary>
public sealed class HostileInputTests
{
    public static TheoryData<string, StepOutcome> Refused => new()
    {
        { nameof(MessageType.Hup), StepOutcome.LocalMessage },
        { nameof(MessageType.Beat), StepOutcome.LocalMessage },
        { nameof(MessageType.CheckQuorum), StepOutcome.LocalMessage },
        { nameof(MessageType.Unreachable), StepOutcome.LocalMessage },
        { nameof(MessageType.SnapStatus), StepOutcome.LocalMessage },
        { nameof(MessageType.ForgetLeader), StepOutcome.LocalMessage },
        { nameof(MessageType.StorageAppend), StepOutcome.LocalMessage },
        { nameof(MessageType.StorageAppendResp), StepOutcome.LocalMessage },
        { nameof(MessageType.StorageApplyResp), StepOutcome.LocalMessage },
    };

    private static readonly Message Append = new() { Type = MessageType.App, From = 2, To = 1, Term = 3, Index = 1, LogTerm = 1 };

    [Theory]
    [MemberData(nameof(Refused))]
    public void Step_LocalMessageOfAPeer_IsRefused(string type, StepOutcome outcome)
    {
        var cluster = new TestCluster(3).Elect(1);

        var result = cluster[1].Raft.Step(new Message { Type = Enum.Parse<MessageType>(type), From = 2, To = 1, Term = 1 });

        Assert.Equal(outcome, result.Outcome);
        Assert.True(cluster[1].IsLeader);
    }

    [Fact]
    public void Step_MessagesNoSoundNodeSends_AreRefusedAndChangeNothing()
    {
        var cluster = new TestCluster(3);
        var before = cluster[1].Status;
        Message[] hostile =
        [
            Append with { From = 0 },
            Append with { From = 1 },
            Append with { From = LocalTarget.Append },
            Append with { From = LocalTarget.Apply },
            Append with { To = 3 },
            Append with { Term = 0 },
            Append with { Term = 1UL << 40 },
            Append with { Term = ulong.MaxValue },
            Append with { Entries = default },
            Append with { LogTerm = 9 },
            Append with { Index = ulong.MaxValue, Entries = [new Entry(2, 0, EntryType.Normal, default)] },
            Append with { Entries = [new Entry(2, 2, (EntryType)77, default)] },
            Append with { Entries = [new Entry(2, 2, EntryType.ConfChange, "?"u8.ToArray())] },
            new Message { Type = MessageType.Prop, From = 2, To = 1 },
            new Message { Type = MessageType.Prop, From = 2, To = 1, Term = 3, Entries = [new Entry(0, 0, EntryType.Normal, "x"u8.ToArray())] },
            new Message { Type = MessageType.Prop, From = 2, To = 1, Entries = [default] },
            new Message { Type = MessageType.Snap, From = 2, To = 1, Term = 3 },
            new Message { Type = MessageType.Snap, From = 2, To = 1, Term = 3, Snapshot = new Snapshot(9, 9, before.Members) },
            new Message { Type = MessageType.Snap, From = 2, To = 1, Term = 3, Snapshot = new Snapshot(9, 2, ConfState.Empty) },
            new Message { Type = MessageType.Snap, From = 2, To = 1, Term = 3, Snapshot = new Snapshot(9, 2, new ConfState { Voters = [1, 1] }) },
            new Message { Type = MessageType.Snap, From = 2, To = 1, Term = 3, Snapshot = new Snapshot(9, 2, new ConfState { Voters = [1], Learners = [1] }) },
        ];

        Assert.All(hostile, message => Assert.Equal(StepOutcome.Malformed, cluster[1].Raft.Step(message).Outcome));
        Assert.Equal(before.HardState, cluster[1].Status.HardState);
        Assert.Equal(before.LastIndex, cluster[1].Status.LastIndex);
        Assert.False(cluster[1].Raft.HasReady);
    }

    [Theory]
    [InlineData(new byte[] { 0 })]
    [InlineData(new byte[] { 9, 1, 0, 4 })]
    [InlineData(new byte[] { 0, 1, 9, 4 })]
    [InlineData(new byte[] { 0, 5, 0, 4 })]
    [InlineData(new byte[] { 0, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F })]
    [InlineData(new byte[] { 0, 1, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F })]
    public void Step_ForwardedChangeThatCannotBeRead_IsRefused(byte[] data)
    {
        var cluster = new TestCluster(3).Elect(1);
        var last = cluster[1].Status.LastIndex;

        var result = cluster[1].Raft.Step(new Message
        {
            Type = MessageType.Prop,
            From = 2,
            To = 1,
            Entries = [new Entry(0, 0, EntryType.ConfChangeV2, data)],
        });

        Assert.Equal(StepOutcome.Malformed, result.Outcome);
        Assert.Equal(last, cluster[1].Status.LastIndex);
    }

    [Fact]
    public void Step_ReadOfAStranger_IsRefused()
    {
        var cluster = new TestCluster(3).Elect(1);

        Assert.Equal(StepOutcome.UnknownPeer, cluster[1].Raft.Step(new Message { Type = MessageType.ReadIndex, From = 99, To = 1 }).Outcome);
        Assert.Equal(StepOutcome.UnknownPeer, cluster[1].Raft.Step(new Message { Type = MessageType.VoteResp, From = 99, To = 1, Term = 2 }).Outcome);
    }

    /// <summary>Whatever the fields are, only the one deliberate stop may come out: the peer claims that this disk lost entries or contradicts them.</summary>
    [Fact]
    public void Step_RandomFields_NeverFailsInAnotherWay()
    {
        for (var seed = 0UL; seed < 300; seed++)
        {
            var dice = new SeededJitter(seed);
            var cluster = new TestCluster(3, o => o with { MaxPendingReads = 10 }).Elect(1).Propose(1, "x").Settle();
            var node = cluster.Nodes.GetValueAtIndex(dice.Next(3));
            try
            {
                for (var i = 0; i < 200; i++)
                {
                    node.Raft.Step(Any(dice, node.Raft.Id));
                    cluster.Pump(node.Raft.Id);
                }
            }
            catch (RaftInvariantException)
            {
                // The node stops; nothing more to see of it.
            }
        }
    }

    private static Message Any(SeededJitter dice, ulong to)
    {
        ulong[] numbers = [0, 1, 2, 3, 4, 5, 9, 1 << 20, ulong.MaxValue - 1, ulong.MaxValue];
        ulong Number() => numbers[dice.Next(dice.Next(3) == 0 ? numbers.Length : 6)];
        var count = dice.Next(3);
        var (index, term) = (Number(), Number());
        return new Message
        {
            Type = (MessageType)dice.Next(24),
            From = 1 + (ulong)dice.Next(4),
            To = to,
            Term = Number(),
            LogTerm = term,
            Index = index,
            Commit = Number(),
            Vote = Number(),
            Reject = dice.Next(2) == 0,
            RejectHint = Number(),
            Context = Number(),
            Snapshot = dice.Next(3) == 0 ? new Snapshot(Number(), Number(), new ConfState { Voters = [Number(), Number()], Learners = [Number()] }) : null,
            Entries = [.. Enumerable.Range(1, count).Select(i => new Entry(term, index + (ulong)i, (EntryType)dice.Next(4), new byte[dice.Next(4)]))],
        };
    }
}
