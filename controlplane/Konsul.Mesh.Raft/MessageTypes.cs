namespace Konsul.Mesh.Raft;

/// <summary>What kinds of messages there are.</summary>
public static class MessageTypes
{
    /// <summary>Whether a node sends such messages to other nodes; a transport accepts no others.</summary>
    public static bool Travels(this MessageType type) => type is
        MessageType.Prop or MessageType.App or MessageType.AppResp or MessageType.Vote or MessageType.VoteResp or MessageType.Snap
        or MessageType.Heartbeat or MessageType.HeartbeatResp or MessageType.TransferLeader or MessageType.TimeoutNow
        or MessageType.ReadIndex or MessageType.ReadIndexResp or MessageType.PreVote or MessageType.PreVoteResp;

    internal static bool IsResponse(this MessageType type) => type is
        MessageType.AppResp or MessageType.VoteResp or MessageType.HeartbeatResp or MessageType.ReadIndexResp or MessageType.PreVoteResp;

    /// <summary>Promises something that must be durable first.</summary>
    internal static bool WaitsForDurability(this MessageType type) => type is MessageType.AppResp or MessageType.VoteResp or MessageType.PreVoteResp;

    internal static bool IsVoting(this MessageType type) => type is
        MessageType.Vote or MessageType.VoteResp or MessageType.PreVote or MessageType.PreVoteResp;

    internal static MessageType VoteResponse(this MessageType type) => type == MessageType.Vote ? MessageType.VoteResp : MessageType.PreVoteResp;
}
