using Konsul.Mesh.Raft.Membership;
using Konsul.Mesh.Raft.Replication;

namespace Konsul.Mesh.Raft.Core;

/// <summary>The edge: what other nodes send is looked at before it changes anything, so that a broken peer cannot break this node.</summary>
internal static class MessageCheck
{
    /// <summary>No life of a group has so many elections; a term that far off would leave no room to count on.</summary>
    private const ulong MaxTermJump = 1UL << 32;

    public static StepResult Judge(Message message, RaftOptions options, ulong term, ProgressTracker tracker)
    {
        if (message.Entries.IsDefault)
        {
            return StepResult.Malformed("Entries are missing.");
        }

        if (message.To != options.Id && message.To != 0)
        {
            return StepResult.Malformed("It is for another node.");
        }

        if (message is { Type: MessageType.StorageAppendResp, From: LocalTarget.Append } or { Type: MessageType.StorageApplyResp, From: LocalTarget.Apply })
        {
            return StepResult.Ok;
        }

        if (!message.Type.Travels())
        {
            return new StepResult(StepOutcome.LocalMessage);
        }

        if (message.From is 0 or LocalTarget.Append or LocalTarget.Apply || (message.From == options.Id && !message.Type.WaitsForDurability()))
        {
            return StepResult.Malformed("No other node sent it.");
        }

        var isForwarded = message.Type is MessageType.Prop or MessageType.ReadIndex;
        if (isForwarded != (message.Term == 0))
        {
            return StepResult.Malformed("Its term is missing, or it must have none.");
        }

        if (message.Term > term && message.Term - term > MaxTermJump)
        {
            return StepResult.Malformed($"Term {message.Term} is out of reach.");
        }

        if (message.Type.IsResponse() && tracker.Find(message.From) is null)
        {
            return new StepResult(StepOutcome.UnknownPeer);
        }

        return message.Type switch
        {
            MessageType.App => JudgeAppend(message),
            MessageType.Snap => JudgeSnapshot(message),
            MessageType.Prop => JudgeProposal(message, options),
            _ => StepResult.Ok,
        };
    }

    /// <summary>A gap or a term that goes back would end in the log (logcabin #160).</summary>
    private static StepResult JudgeAppend(Message message)
    {
        var (index, term) = (message.Index, message.LogTerm);
        foreach (ref readonly var entry in message.Entries.AsSpan())
        {
            if (index == ulong.MaxValue || entry.Index != index + 1 || entry.Term < term || !Enum.IsDefined(entry.Type))
            {
                return StepResult.Malformed($"The entries behind {message.Index} are not one log.");
            }

            if (entry.Type != EntryType.Normal && !ConfChange.TryDecode(entry.Type, entry.Data, out _))
            {
                return StepResult.Malformed($"The configuration change at {entry.Index} cannot be read.");
            }

            (index, term) = (entry.Index, entry.Term);
        }

        return term > message.Term ? StepResult.Malformed("An entry is newer than its leader.") : StepResult.Ok;
    }

    private static StepResult JudgeSnapshot(Message message)
    {
        if (message.Snapshot is not { IsEmpty: false } snapshot || snapshot.Term > message.Term)
        {
            return StepResult.Malformed("The snapshot is empty or newer than its leader.");
        }

        return ConfInvariants.IsPossible(snapshot.Members) ? StepResult.Ok : StepResult.Malformed("The snapshot's configuration is impossible.");
    }

    private static StepResult JudgeProposal(Message message, RaftOptions options)
    {
        if (message.Entries.IsEmpty)
        {
            return StepResult.Malformed("A proposal without entries.");
        }

        foreach (ref readonly var entry in message.Entries.AsSpan())
        {
            if (!Enum.IsDefined(entry.Type) || (entry.Type == EntryType.Normal && entry.Data.IsEmpty))
            {
                return StepResult.Malformed("A proposal without bytes, or of an unknown type.");
            }

            if (options.MaxProposalBytes > 0 && entry.Data.Length > options.MaxProposalBytes)
            {
                return new StepResult(StepOutcome.TooLarge);
            }
        }

        return StepResult.Ok;
    }
}
