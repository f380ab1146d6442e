using System.Collections.Immutable;

namespace Konsul.Mesh.Raft;

/// <summary>A node at one moment.</summary>
public sealed record RaftStatus
{
    public required ulong Id { get; init; }

    public required HardState HardState { get; init; }

    public required SoftState SoftState { get; init; }

    /// <summary>Reported as applied.</summary>
    public required ulong Applied { get; init; }

    public required ulong FirstIndex { get; init; }

    public required ulong LastIndex { get; init; }

    /// <summary>Who is to lead next; 0 outside a transfer.</summary>
    public required ulong Transferee { get; init; }

    public required ConfState Members { get; init; }

    /// <summary>By id; only a leader knows.</summary>
    public ImmutableArray<MemberProgress> Progress { get; init; } = [];

    /// <summary>Ticks since the leader was heard, or since this leader checked its quorum.</summary>
    public required int ElectionElapsed { get; init; }

    public bool IsLeader => SoftState.Role == RaftRole.Leader;

    public bool IsVoter => Members.Voters.Contains(Id) || Members.VotersOutgoing.Contains(Id);
}
