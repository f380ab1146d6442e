using System.Collections.Immutable;

namespace Konsul.Mesh.Raft.Host;

/// <summary>The members of the cluster as this server knows them.</summary>
public sealed record ConsensusStatus
{
    public ulong Self { get; init; }

    /// <summary>0 without one.</summary>
    public ulong Leader { get; init; }

    public ulong Term { get; init; }

    /// <summary>The index of the newest change of members that is in force here and durably known to be: a server that it removed is not needed by
    /// this one any more. 0 after a restart, until the next change.</summary>
    public ulong ConfigurationIndex { get; init; }

    /// <summary>Sorted by id.</summary>
    public ImmutableArray<MemberStatus> Members { get; init; } = [];
}
