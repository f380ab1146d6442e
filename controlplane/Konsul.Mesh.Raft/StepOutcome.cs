namespace Konsul.Mesh.Raft;

/// <summary>What became of a request or a message.</summary>
public enum StepOutcome
{
    Ok,

    /// <summary>Nobody leads at the moment.</summary>
    NoLeader,

    /// <summary>This node does not lead and does not forward; the result names the leader.</summary>
    NotLeader,

    /// <summary>The leader is handing over.</summary>
    TransferInProgress,

    /// <summary>The leader is not a member any more.</summary>
    Removed,

    /// <summary>Too much waits already.</summary>
    Overloaded,

    /// <summary>One proposal alone is over the limit.</summary>
    TooLarge,

    /// <summary>The configuration change contradicts the configuration; the result says how.</summary>
    Refused,

    /// <summary>An answer from a node that is not a member.</summary>
    UnknownPeer,

    /// <summary>A message that never comes from another node.</summary>
    LocalMessage,

    /// <summary>A message that no sound node sends; the result says what is wrong.</summary>
    Malformed,
}
