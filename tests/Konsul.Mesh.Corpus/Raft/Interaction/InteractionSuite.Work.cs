using System.Collections.Immutable;
using Konsul.Mesh.Raft;

namespace Konsul.Mesh.Corpus.Raft.Interaction;

/// <summary>Carrying messages, carrying out Ready and the storage's work, and printing.</summary>
internal sealed partial class InteractionSuite
{
    private void ForEach(ImmutableArray<ulong> ids, string what, Action<InteractionNode> work)
    {
        foreach (var id in ids)
        {
            if (ids.Length == 1)
            {
                work(Node(id));
                continue;
            }

            _output.WriteLine($"> {id} {what}");
            _output.Indented(() => work(Node(id)));
        }
    }

    private string? Stabilize(Directive d)
    {
        var before = _output.Level;
        if (d.Value("log-level") is { } level && SetLevel(level) is { } error)
        {
            return error;
        }

        var ids = d.Ids.IsEmpty ? [.. _nodes.Select(n => n.Raft.Id)] : d.Ids;
        var isBusy = true;
        while (isBusy)
        {
            isBusy = false;
            foreach (var node in ids.Select(Node).Where(n => n.Raft.HasReady))
            {
                isBusy = true;
                _output.WriteLine($"> {node.Raft.Id} handling Ready");
                _output.Indented(() => ProcessReady(node));
            }

            foreach (var id in ids.Where(id => _messages.Exists(m => m.To == id)))
            {
                isBusy = true;
                _output.WriteLine($"> {id} receiving messages");
                _output.Indented(() => Deliver(id, type: null, drop: false));
            }

            isBusy |= Drain(ids, n => n.AppendWork, "processing append thread", ProcessAppend);
            isBusy |= Drain(ids, n => n.ApplyWork, "processing apply thread", ProcessApply);
        }

        _output.Level = before;
        return null;
    }

    private bool Drain(ImmutableArray<ulong> ids, Func<InteractionNode, Queue<Message>> work, string what, Action<InteractionNode> process)
    {
        var any = false;
        foreach (var node in ids.Select(Node).Where(n => work(n).Count > 0))
        {
            any = true;
            _output.WriteLine($"> {node.Raft.Id} {what}");
            while (work(node).Count > 0)
            {
                _output.Indented(() => process(node));
            }
        }

        return any;
    }

    private void DeliverMessages(Directive d)
    {
        MessageType? type = d.Value("type") is { } name ? Enum.Parse<MessageType>(name["Msg".Length..]) : null;
        var handled = d.Ids.Sum(id => Deliver(id, type, drop: false)) + d.Numbers("drop").Sum(id => Deliver(id, type, drop: true));
        if (handled == 0)
        {
            _output.WriteLine("no messages");
        }
    }

    private int Deliver(ulong to, MessageType? type, bool drop)
    {
        var (taken, rest) = (new List<Message>(), new List<Message>());
        foreach (var message in _messages)
        {
            var isTaken = message.To == to && !(drop && IsLocal(message)) && (type is null || message.Type == type);
            (isTaken ? taken : rest).Add(message);
        }

        _messages = rest;
        foreach (var message in taken)
        {
            _output.WriteLine((drop ? "dropped: " : "") + InteractionText.Message(message));
            if (!drop && ErrorText(Node(to).Raft.Step(message)) is { } error)
            {
                _output.WriteLine(error);
            }
        }

        return taken.Count;
    }

    /// <summary>Between the parts of one node nothing is lost.</summary>
    private static bool IsLocal(Message message) =>
        message.From == message.To || message.From is LocalTarget.Append or LocalTarget.Apply || message.To is LocalTarget.Append or LocalTarget.Apply;

    private void ProcessReady(InteractionNode node)
    {
        var ready = node.Raft.TakeReady();
        _output.Write(InteractionText.Ready(ready));
        if (!node.Options.AsyncStorageWrites)
        {
            node.Append(ready.HardState, ready.Entries, ready.Snapshot);
            node.Apply(ready.CommittedEntries);
        }

        foreach (var message in ready.Messages.Concat(ready.MessagesAfterAppend))
        {
            switch (message.To)
            {
                case LocalTarget.Append:
                    node.AppendWork.Enqueue(message);
                    break;
                case LocalTarget.Apply:
                    node.ApplyWork.Enqueue(message);
                    break;
                default:
                    _messages.Add(message);
                    break;
            }
        }

        if (!node.Options.AsyncStorageWrites)
        {
            node.Raft.Advance();
        }
    }

    private void ProcessAppend(InteractionNode node)
    {
        if (!node.AppendWork.TryDequeue(out var message))
        {
            _output.Write("no append work to perform");
            return;
        }

        _output.Write($"Processing:\n{InteractionText.Message(message with { Responses = [] })}\n");
        node.Append(new HardState(message.Term, message.Vote, message.Commit), message.Entries, message.Snapshot);
        Respond(message);
    }

    private void ProcessApply(InteractionNode node)
    {
        if (!node.ApplyWork.TryDequeue(out var message))
        {
            _output.Write("no apply work to perform");
            return;
        }

        _output.Write($"Processing:\n{InteractionText.Message(message with { Responses = [] })}\n");
        node.Apply(message.Entries);
        Respond(message);
    }

    private void Respond(Message message)
    {
        _output.WriteLine("Responses:");
        foreach (var response in message.Responses)
        {
            _output.WriteLine(InteractionText.Message(response));
        }

        _messages.AddRange(message.Responses);
    }

    private void PrintLog(InteractionNode node)
    {
        var memory = node.Storage.Memory;
        if (memory.LastIndex < memory.FirstIndex)
        {
            _output.Write($"log is empty: first index={memory.FirstIndex}, last index={memory.LastIndex}");
            return;
        }

        var entries = new List<Entry>();
        memory.TryGetEntries(memory.FirstIndex, memory.LastIndex + 1, ulong.MaxValue, entries);
        _output.Write(InteractionText.Entries(entries));
    }

    private void PrintStates()
    {
        foreach (var status in _nodes.Select(n => n.Raft.Status()))
        {
            var (soft, kind) = (status.SoftState, status.IsVoter ? "(Voter)" : "(Non-Voter)");
            _output.WriteLine($"{status.Id}: State{soft.Role} {kind} Term:{status.HardState.Term} Lead:{soft.Leader}");
        }
    }

    private void PrintProgress(InteractionNode node)
    {
        foreach (var progress in node.Raft.Status().Progress)
        {
            _output.WriteLine($"{progress.Id}: {progress.Text}");
        }
    }
}
