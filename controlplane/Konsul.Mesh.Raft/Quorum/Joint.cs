namespace Konsul.Mesh.Raft.Quorum;

/// <summary>Decisions that need both the incoming and the outgoing majority.</summary>
internal static class Joint
{
    public static ulong CommittedIndex(ReadOnlySpan<ulong> incoming, ReadOnlySpan<ulong> outgoing, IAckedIndexes acks) =>
        Math.Min(Majority.CommittedIndex(incoming, acks), Majority.CommittedIndex(outgoing, acks));

    public static VoteResult Count(ReadOnlySpan<ulong> incoming, ReadOnlySpan<ulong> outgoing, SortedList<ulong, bool> votes)
    {
        var first = Majority.Count(incoming, votes);
        var second = Majority.Count(outgoing, votes);
        if (first == second)
        {
            return first;
        }

        return first == VoteResult.Lost || second == VoteResult.Lost ? VoteResult.Lost : VoteResult.Pending;
    }
}
