using System.Collections.Immutable;

namespace Konsul.Mesh.Raft.Host;

/// <summary>The members of the cluster as this server knows them.</summary>
public sealed record ConsensusStatus
{
    public ulong Self { get; init; }

    /// <summary>0 without one.</summary>
    public ulong Leader { get; init; }

    public ulong Term { get; init; }

    /// <summary>The index of the newest change of members that is in force here.</summary>
    public ulong ConfigurationIndex { get; init; }

    /// <summary>Sorted by id.</summary>
    public ImmutableArray<MemberStatus> Members { get; init; } = [];
}
