using System.Globalization;
using System.Text;

namespace Konsul.Mesh.Raft.Tests.Cluster;

/// <summary>Everything a Ready holds, as text.</summary>
internal static class ReadyText
{
    public static string Of(Ready ready)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{ready.SoftState} {ready.HardState} {ready.MustSync} {ready.Snapshot?.Index}");
        text.AppendJoin(' ', ready.ReadStates).AppendJoin(' ', ready.Entries.Select(Of)).AppendJoin(' ', ready.CommittedEntries.Select(Of));
        foreach (var message in ready.Messages.Concat(ready.MessagesAfterAppend))
        {
            Append(text, message);
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, Message m)
    {
        text.Append(
            CultureInfo.InvariantCulture,
            $" [{m.From}>{m.To} {m.Type} {m.Term} {m.LogTerm}/{m.Index} {m.Commit} {m.Vote} {m.Reject} {m.RejectHint} {m.Context} {m.Snapshot?.Index}");
        text.AppendJoin(' ', m.Entries.Select(Of));
        foreach (var response in m.Responses)
        {
            Append(text, response);
        }

        text.Append(']');
    }

    private static string Of(Entry entry) => $"{entry.Term}/{entry.Index} {entry.Type} {Convert.ToHexString(entry.Data.Span)}";
}
