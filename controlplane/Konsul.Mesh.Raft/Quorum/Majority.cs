namespace Konsul.Mesh.Raft.Quorum;

/// <summary>Decisions of more than half of a set of voters. The empty set agrees with everything, so that it is neutral in a joint quorum.</summary>
internal static class Majority
{
    private const int OnStack = 16;

    /// <summary>The highest index that more than half have confirmed; <see cref="ulong.MaxValue"/> for no voters.</summary>
    public static ulong CommittedIndex(ReadOnlySpan<ulong> voters, IAckedIndexes acks)
    {
        if (voters.IsEmpty)
        {
            return ulong.MaxValue;
        }

        var confirmed = voters.Length <= OnStack ? stackalloc ulong[voters.Length] : new ulong[voters.Length];
        for (var i = 0; i < voters.Length; i++)
        {
            confirmed[i] = acks.TryGetAcked(voters[i], out var index) ? index : 0;
        }

        confirmed.Sort();
        return confirmed[voters.Length - Size(voters.Length)];
    }

    public static VoteResult Count(ReadOnlySpan<ulong> voters, SortedList<ulong, bool> votes)
    {
        if (voters.IsEmpty)
        {
            return VoteResult.Won;
        }

        var granted = 0;
        var missing = 0;
        foreach (var voter in voters)
        {
            if (!votes.TryGetValue(voter, out var vote))
            {
                missing++;
            }
            else if (vote)
            {
                granted++;
            }
        }

        var needed = Size(voters.Length);
        return granted >= needed ? VoteResult.Won : granted + missing >= needed ? VoteResult.Pending : VoteResult.Lost;
    }

    private static int Size(int voters) => (voters / 2) + 1;
}
