using System.Collections.Immutable;
using Konsul.Mesh.Raft.Membership;

namespace Konsul.Mesh.Raft.Host.Consensus;

/// <summary>What the apply loop needs from around it; called on its thread.</summary>
internal interface IApplyHost
{
    /// <summary>A change of members is committed: takes effect in the core before this returns.</summary>
    ConfState ApplyConfChange(ConfChange change, ulong index);

    /// <param name="entries">How many were applied.</param>
    /// <param name="bytes">Of their data.</param>
    /// <param name="term">Of the last one.</param>
    /// <param name="answers">For the core.</param>
    void Applied(int entries, long bytes, ulong term, ImmutableArray<Message> answers);
}
