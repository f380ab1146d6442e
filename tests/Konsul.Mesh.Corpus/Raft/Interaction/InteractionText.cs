using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Konsul.Mesh.Raft;
using Konsul.Mesh.Raft.Membership;

namespace Konsul.Mesh.Corpus.Raft.Interaction;

/// <summary>Messages, entries and Ready in the notation of the cases.</summary>
internal static class InteractionText
{
    public static string Ready(Ready ready)
    {
        var text = new StringBuilder();
        if (ready.SoftState is { } soft)
        {
            text.Append(CultureInfo.InvariantCulture, $"Lead:{soft.Leader} State:State{soft.Role}\n");
        }

        if (ready.HardState is { } hard)
        {
            var vote = hard.Vote == 0 ? "" : $" Vote:{hard.Vote}";
            text.Append(CultureInfo.InvariantCulture, $"HardState Term:{hard.Term}{vote} Commit:{hard.Commit}\n");
        }

        if (!ready.ReadStates.IsEmpty)
        {
            text.Append("ReadStates [").AppendJoin(' ', ready.ReadStates.Select(r => $"{{{r.Index} {r.Number}}}")).Append("]\n");
        }

        Section(text, "Entries", ready.Entries.Select(Entry));
        if (ready.Snapshot is { } snapshot)
        {
            text.Append("Snapshot ").Append(Snapshot(snapshot)).Append('\n');
        }

        Section(text, "CommittedEntries", ready.CommittedEntries.Select(Entry));
        Section(text, "Messages", ready.Messages.Concat(ready.MessagesAfterAppend).Select(m => Message(m)));
        return text.Length == 0 ? "<empty Ready>" : $"Ready MustSync={(ready.MustSync ? "true" : "false")}:\n{text}";
    }

    public static string Entries(IEnumerable<Entry> entries) => string.Concat(entries.Select(e => Entry(e) + "\n"));

    public static string Entry(Entry entry)
    {
        var data = entry.Type == EntryType.Normal
            ? Quote(entry.Data)
            : ConfChange.TryDecode(entry.Type, entry.Data, out var change) ? ConfChangeText.Format(change) : "unreadable";
        return $"{entry.Term}/{entry.Index} Entry{entry.Type}{(data.Length == 0 ? "" : " " + data)}";
    }

    public static string Message(Message message, string indent = "")
    {
        var text = new StringBuilder().Append(
            CultureInfo.InvariantCulture,
            $"{indent}{Target(message.From)}->{Target(message.To)} Msg{message.Type} Term:{message.Term} Log:{message.LogTerm}/{message.Index}");
        text.Append(message.Reject ? $" Rejected (Hint: {message.RejectHint})" : "");
        text.Append(message.Commit == 0 ? "" : $" Commit:{message.Commit}");
        text.Append(message.Vote == 0 ? "" : $" Vote:{message.Vote}");
        if (message.Entries.Length == 1)
        {
            text.Append(" Entries:[").Append(Entry(message.Entries[0])).Append(']');
        }
        else if (message.Entries.Length > 1)
        {
            text.Append(" Entries:[").Append(string.Concat(message.Entries.Select(e => $"\n{indent}  {Entry(e)}"))).Append($"\n{indent}]");
        }

        if (message.Snapshot is { IsEmpty: false } snapshot)
        {
            text.Append($"\n{indent}  Snapshot: {Snapshot(snapshot)}");
        }

        if (!message.Responses.IsEmpty)
        {
            text.Append(" Responses:[").Append(string.Concat(message.Responses.Select(r => "\n" + Message(r, indent + "  ")))).Append($"\n{indent}]");
        }

        return text.ToString();
    }

    private static string Snapshot(Snapshot snapshot)
    {
        var m = snapshot.Members;
        return $"Index:{snapshot.Index} Term:{snapshot.Term} ConfState:Voters:{List(m.Voters)} VotersOutgoing:{List(m.VotersOutgoing)} "
            + $"Learners:{List(m.Learners)} LearnersNext:{List(m.LearnersNext)} AutoLeave:{(m.AutoLeave ? "true" : "false")}";
    }

    private static void Section(StringBuilder text, string title, IEnumerable<string> lines)
    {
        var isFirst = true;
        foreach (var line in lines)
        {
            text.Append(isFirst ? title + ":\n" : "").Append(line).Append('\n');
            isFirst = false;
        }
    }

    private static string List(ImmutableArray<ulong> ids) => $"[{string.Join(' ', ids)}]";

    private static string Target(ulong id) => id switch
    {
        0 => "None",
        LocalTarget.Append => "AppendThread",
        LocalTarget.Apply => "ApplyThread",
        _ => id.ToString("x", CultureInfo.InvariantCulture),
    };

    private static string Quote(ReadOnlyMemory<byte> data) =>
        "\"" + Encoding.UTF8.GetString(data.Span).Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";
}
