using System.Collections.Immutable;

namespace Konsul.Mesh.Raft.Host.Peers.Codec;

/// <summary>
/// What must hold of a message before the core may see it, whoever sent it. The core asserts its own invariants and stops the process when one
/// breaks; nothing that a peer sends may get that far.
/// </summary>
internal static class MessageRules
{
    /// <summary>Terms and indices above this are no count of anything; it keeps "+ 1" and sums from running over.</summary>
    private const ulong MaxNumber = long.MaxValue;

    public static bool Travels(MessageType type) => type is
        MessageType.Prop or MessageType.App or MessageType.AppResp or MessageType.Vote or MessageType.VoteResp or MessageType.Snap
        or MessageType.Heartbeat or MessageType.HeartbeatResp or MessageType.TransferLeader or MessageType.TimeoutNow
        or MessageType.ReadIndex or MessageType.ReadIndexResp or MessageType.PreVote or MessageType.PreVoteResp;

    public static bool IsNodeId(ulong id) => id is not (0 or LocalTarget.Append or LocalTarget.Apply);

    /// <exception cref="PeerProtocolException">Names the first rule that is broken.</exception>
    public static void Check(Message message, MessageLimits limits, ulong ownTerm)
    {
        if (!Travels(message.Type))
        {
            throw new PeerProtocolException(PeerFault.UnknownMessageType, $"A {message.Type} never leaves its node.");
        }

        if (!IsNodeId(message.From) || !IsNodeId(message.To))
        {
            throw new PeerProtocolException(PeerFault.BadId, $"A {message.Type} goes from {message.From:x} to {message.To:x}; one of them is no node.");
        }

        if (message.Vote != 0 || !message.Responses.IsEmpty)
        {
            throw new PeerProtocolException(PeerFault.Malformed, $"A {message.Type} carries what only the node's own storage is told.");
        }

        CheckTerms(message, limits, ownTerm);
        CheckEntries(message, limits);
        CheckSnapshot(message, limits);
    }

    private static void CheckTerms(Message message, MessageLimits limits, ulong ownTerm)
    {
        var needsTerm = message.Type is MessageType.App or MessageType.Heartbeat or MessageType.Vote or MessageType.PreVote
            or MessageType.Snap or MessageType.TimeoutNow;
        if (needsTerm && message.Term == 0)
        {
            throw new PeerProtocolException(PeerFault.BadTerm, $"A {message.Type} has no term.");
        }

        if (message.Term > ownTerm && message.Term - ownTerm > limits.MaxTermJump)
        {
            throw new PeerProtocolException(PeerFault.TermJump, $"A {message.Type} of term {message.Term} is too far ahead of ours, which is {ownTerm}.");
        }

        if (message.Term > MaxNumber || (message.Term != 0 && message.LogTerm > message.Term) || message.LogTerm > MaxNumber)
        {
            throw new PeerProtocolException(PeerFault.BadTerm, $"A {message.Type} of term {message.Term} cannot speak of term {message.LogTerm}.");
        }

        if (message.Index > MaxNumber || message.Commit > MaxNumber || message.RejectHint > MaxNumber)
        {
            throw new PeerProtocolException(PeerFault.Malformed, $"A {message.Type} has an index that no log reaches.");
        }
    }

    private static void CheckEntries(Message message, MessageLimits limits)
    {
        if (message.Entries.Length > limits.MaxEntries)
        {
            throw new PeerProtocolException(PeerFault.TooManyEntries, $"A {message.Type} has {message.Entries.Length} entries; at most {limits.MaxEntries} are allowed.");
        }

        if (!message.Entries.IsEmpty && message.Type is not (MessageType.App or MessageType.Prop or MessageType.ReadIndex or MessageType.ReadIndexResp))
        {
            throw new PeerProtocolException(PeerFault.Malformed, $"A {message.Type} carries entries.");
        }

        // Checked again here, on arrival: a packing error on the other side corrupted followers of another implementation (logcabin #160).
        var inLog = message.Type == MessageType.App;
        var (index, term) = (message.Index, message.LogTerm);
        foreach (var entry in message.Entries)
        {
            if (entry.Type > EntryType.ConfChangeV2)
            {
                throw new PeerProtocolException(PeerFault.UnknownEntryType, $"Entry {entry.Index} is of type {(byte)entry.Type}, which this version does not know.");
            }

            if (entry.Index != (inLog ? index + 1 : 0))
            {
                throw new PeerProtocolException(PeerFault.EntryGap, inLog ? $"Entry {entry.Index} follows entry {index}." : $"A {message.Type} names an index, {entry.Index}.");
            }

            if (inLog ? entry.Term < term || entry.Term > message.Term || entry.Term == 0 : entry.Term != 0)
            {
                throw new PeerProtocolException(PeerFault.BadTerm, $"Entry {entry.Index} of term {entry.Term} cannot follow term {term} in term {message.Term}.");
            }

            if (inLog)
            {
                (index, term) = (entry.Index, entry.Term);
            }
        }
    }

    private static void CheckSnapshot(Message message, MessageLimits limits)
    {
        var snapshot = message.Snapshot is { IsEmpty: false } some ? some : null;
        if ((snapshot is null) != (message.Type != MessageType.Snap))
        {
            throw new PeerProtocolException(PeerFault.Malformed, $"A {message.Type} has {(snapshot is null ? "no" : "a")} snapshot.");
        }

        if (snapshot is null)
        {
            return;
        }

        if (snapshot.Term == 0 || snapshot.Term > message.Term || snapshot.Index > MaxNumber)
        {
            throw new PeerProtocolException(PeerFault.BadTerm, $"A snapshot of term {snapshot.Term} and index {snapshot.Index} came in term {message.Term}.");
        }

        var members = snapshot.Members;
        CheckIds(members.Voters, limits);
        CheckIds(members.Learners, limits);
        CheckIds(members.VotersOutgoing, limits);
        CheckIds(members.LearnersNext, limits);
        if (members.Voters.IsEmpty || members.Learners.Any(id => members.Voters.Contains(id) || members.VotersOutgoing.Contains(id))
            || members.LearnersNext.Any(id => !members.VotersOutgoing.Contains(id)))
        {
            throw new PeerProtocolException(PeerFault.Malformed, "The members of a snapshot contradict each other.");
        }
    }

    private static void CheckIds(ImmutableArray<ulong> ids, MessageLimits limits)
    {
        if (ids.Length > limits.MaxMembers)
        {
            throw new PeerProtocolException(PeerFault.TooManyMembers, $"A configuration names {ids.Length} members; at most {limits.MaxMembers} are allowed.");
        }

        for (var at = 0; at < ids.Length; at++)
        {
            if (!IsNodeId(ids[at]) || (at > 0 && ids[at] <= ids[at - 1]))
            {
                throw new PeerProtocolException(PeerFault.BadId, $"Member {ids[at]:x} is no node's id, or not in order.");
            }
        }
    }
}
