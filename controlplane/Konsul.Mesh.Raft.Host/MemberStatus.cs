namespace Konsul.Mesh.Raft.Host;

/// <summary>One member. What only a leader knows is known on the leader alone.</summary>
/// <param name="Id">In consensus.</param>
/// <param name="IsVoter">Else it listens only.</param>
public sealed record MemberStatus(ulong Id, bool IsVoter)
{
    public bool IsLeader { get; init; }

    /// <summary>The last index known to be on its disk; 0 where unknown.</summary>
    public ulong LastIndex { get; init; }

    /// <summary>The term of that entry; 0 where unknown.</summary>
    public ulong LastTerm { get; init; }

    /// <summary>Since when nothing was heard of it; null where unknown, zero for this server itself.</summary>
    public TimeSpan? SinceContact { get; init; }
}
