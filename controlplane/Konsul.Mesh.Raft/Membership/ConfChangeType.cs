namespace Konsul.Mesh.Raft.Membership;

/// <summary>What happens to one member. The numbers are the ones in the log.</summary>
public enum ConfChangeType : byte
{
    AddVoter = 0,

    /// <summary>Also ends what a learner gets.</summary>
    Remove = 1,

    /// <summary>Nothing that consensus sees: the address or the like.</summary>
    Update = 2,
    AddLearner = 3,
}
