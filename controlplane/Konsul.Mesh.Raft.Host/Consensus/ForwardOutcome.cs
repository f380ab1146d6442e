namespace Konsul.Mesh.Raft.Host.Consensus;

/// <summary>What became of commands that were sent to the leader. The numbers are the ones on the wire.</summary>
internal enum ForwardOutcome : byte
{
    /// <summary>In its log; whether they stay there is seen when they are applied.</summary>
    Appended = 0,

    /// <summary>Not in any log: it does not lead in that term, or is handing over.</summary>
    NotLeader = 1,

    /// <summary>Not in any log: too much waits there.</summary>
    Overloaded = 2,

    /// <summary>Nobody knows.</summary>
    Unknown = 255,
}
