namespace Konsul.Mesh.Raft.Core;

internal enum Campaign
{
    /// <summary>Only asks whether an election could be won.</summary>
    PreVote,
    Election,

    /// <summary>The leader wants it: no pre-vote, and no lease holds votes back.</summary>
    Transfer,
}
