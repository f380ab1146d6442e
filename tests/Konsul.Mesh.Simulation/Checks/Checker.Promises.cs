using Konsul.Mesh.Raft.Host.Segments;
using Konsul.Mesh.Simulation.Servers;

namespace Konsul.Mesh.Simulation.Checks;

/// <summary>What is told to other servers must be true, and must stay true after a power cut.</summary>
internal sealed partial class Checker
{
    public void Sending(ServerRun from, Message message)
    {
        Require(message.From == from.Id, "codec", $"{from.Id} sends in the name of {message.From}");
        switch (message.Type)
        {
            case MessageType.VoteResp when !message.Reject:
                Voted(from.Id, message.Term, message.To);
                Promise(from, message);
                break;
            case MessageType.AppResp when !message.Reject:
                Require(
                    from.Storage.LastIndex >= message.Index || from.Storage.HardState.Term > message.Term,
                    "I10", $"{from.Id} acknowledges {message.Index}, its storage ends at {from.Storage.LastIndex}");
                Promise(from, message);
                break;
            case MessageType.Heartbeat when message.Term == NewestTerm && world.RunOf(message.To) is { } receiver:
                Require(
                    receiver.Storage.LastIndex >= message.Commit || receiver.Seen.Term > message.Term,
                    "I14", $"{from.Id} tells {message.To} that {message.Commit} is committed, whose storage ends at {receiver.Storage.LastIndex}");
                break;
        }
    }

    private void Promise(ServerRun from, Message message)
    {
        var state = from.Storage.HardState;
        Require(state.Term >= message.Term, "I10", $"{from.Id} answers in term {message.Term}, its storage is in term {state.Term}");
        Require(
            message.Type != MessageType.VoteResp || state.Term > message.Term || state.Vote == message.To,
            "I10", $"{from.Id} votes for {message.To}, its storage says {state.Vote}");
        Require(
            from.HasBeenFull || !from.Disk.IsDirty(name => SegmentFile.TryParse(name, out _)),
            "I10", $"{from.Id} answers {message.Type} for {message.Index} while its log may be lost in a power cut");
        _promisedTerms[from.Id] = Math.Max(message.Term, _promisedTerms.GetValueOrDefault(from.Id));
    }
}
