using System.Collections.Immutable;

namespace Konsul.Mesh.Raft;

/// <summary>Who votes and who only listens. Ids are sorted and distinct; an id that was removed is never given to another node.</summary>
public sealed record ConfState
{
    public static ConfState Empty { get; } = new();

    /// <summary>The members whose majority decides; in a joint configuration the incoming half.</summary>
    public ImmutableArray<ulong> Voters { get; init; } = [];

    /// <summary>Get the log and do not vote.</summary>
    public ImmutableArray<ulong> Learners { get; init; } = [];

    /// <summary>Joint configuration only: the old voters, whose majority must agree too.</summary>
    public ImmutableArray<ulong> VotersOutgoing { get; init; } = [];

    /// <summary>Joint configuration only: outgoing voters that become learners when it is left.</summary>
    public ImmutableArray<ulong> LearnersNext { get; init; } = [];

    /// <summary>Joint configuration only: whether the leader leaves it by itself.</summary>
    public bool AutoLeave { get; init; }

    public bool IsJoint => !VotersOutgoing.IsEmpty;

    public bool Equals(ConfState? other) =>
        other is not null && AutoLeave == other.AutoLeave && Voters.SequenceEqual(other.Voters) && Learners.SequenceEqual(other.Learners)
        && VotersOutgoing.SequenceEqual(other.VotersOutgoing) && LearnersNext.SequenceEqual(other.LearnersNext);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (var id in Voters)
        {
            hash.Add(id);
        }

        hash.Add(Learners.Length);
        hash.Add(VotersOutgoing.Length);
        return hash.ToHashCode();
    }
}
