using FsCheck;
using FsCheck.Fluent;
using Konsul.Mesh.Raft.Quorum;

namespace Konsul.Mesh.Raft.Tests.Quorum;

public sealed class MajorityTests
{
    [Fact]
    public void CommittedIndex_AnyVoters_IsTheHighestThatMoreThanHalfHave()
    {
        Prop.ForAll<byte[]>(reached =>
        {
            var voters = Enumerable.Range(1, reached.Length).Select(i => (ulong)i).ToArray();
            var acks = new Acks(voters.Zip(reached).ToDictionary(p => p.First, p => (ulong)p.Second));
            var index = Majority.CommittedIndex(voters, acks);
            return reached.Length == 0
                ? index == ulong.MaxValue
                : reached.Count(r => r >= index) > reached.Length / 2 && reached.Count(r => r > index) <= reached.Length / 2;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Count_AnyVotes_NeverBothWinsAndLoses()
    {
        Prop.ForAll<bool?[]>(answers =>
        {
            var voters = Enumerable.Range(1, answers.Length).Select(i => (ulong)i).ToArray();
            var votes = new SortedList<ulong, bool>(voters.Zip(answers).Where(p => p.Second is not null).ToDictionary(p => p.First, p => p.Second!.Value));
            var (granted, refused) = (votes.Values.Count(v => v), votes.Values.Count(v => !v));
            var half = answers.Length / 2;
            var expected = answers.Length == 0 || granted > half ? VoteResult.Won : refused >= answers.Length - half ? VoteResult.Lost : VoteResult.Pending;
            return Majority.Count(voters, votes) == expected;
        }).QuickCheckThrowOnFailure();
    }

    private sealed class Acks(Dictionary<ulong, ulong> indexes) : IAckedIndexes
    {
        public bool TryGetAcked(ulong voter, out ulong index) => indexes.TryGetValue(voter, out index);
    }
}
