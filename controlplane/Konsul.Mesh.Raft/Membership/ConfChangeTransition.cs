namespace Konsul.Mesh.Raft.Membership;

/// <summary>Whether old and new configuration must both agree for a while. The numbers are the ones in the log.</summary>
public enum ConfChangeTransition : byte
{
    /// <summary>Joint for more than one change, and then left by itself.</summary>
    Auto = 0,

    /// <summary>Joint, left by itself.</summary>
    JointImplicit = 1,

    /// <summary>Joint until a change without steps is proposed.</summary>
    JointExplicit = 2,
}
