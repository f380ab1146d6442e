namespace Konsul.Mesh.Raft;

/// <summary>Names are the field's (etcd-io/raft). The numbers of those that travel between nodes are the ones on the wire and never change.</summary>
public enum MessageType : byte
{
    /// <summary>Local: campaign.</summary>
    Hup = 0,

    /// <summary>Local: the leader's heartbeat is due.</summary>
    Beat = 1,

    /// <summary>A proposal, also when forwarded to the leader.</summary>
    Prop = 2,
    App = 3,
    AppResp = 4,
    Vote = 5,
    VoteResp = 6,
    Snap = 7,
    Heartbeat = 8,
    HeartbeatResp = 9,

    /// <summary>Local: the peer could not be reached.</summary>
    Unreachable = 10,

    /// <summary>Local: how sending a snapshot ended.</summary>
    SnapStatus = 11,

    /// <summary>Local: is a majority still in contact.</summary>
    CheckQuorum = 12,
    TransferLeader = 13,
    TimeoutNow = 14,
    ReadIndex = 15,
    ReadIndexResp = 16,
    PreVote = 17,
    PreVoteResp = 18,

    /// <summary>Local, to the storage: append these and then release the responses.</summary>
    StorageAppend = 19,
    StorageAppendResp = 20,

    /// <summary>Local, to the state machine: apply these and then release the responses.</summary>
    StorageApply = 21,
    StorageApplyResp = 22,

    /// <summary>Local: the follower forgets its leader, so that it may grant pre-votes at once.</summary>
    ForgetLeader = 23,
}
