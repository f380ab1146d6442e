using System.Text;
using Konsul.Mesh.Raft.Diagnostics;
using Konsul.Mesh.Raft.Membership;
using Konsul.Mesh.Raft.Replication;

namespace Konsul.Mesh.Corpus.Raft;

/// <summary>The cases of configuration changes: each one on top of the one before, at the next index.</summary>
internal sealed class ConfChangeSuite : ICorpusSuite
{
    private readonly ProgressTracker _tracker = new(maxInflightMessages: 10, maxInflightBytes: 0);
    private ulong _lastIndex;

    public string? Run(Directive directive)
    {
        var changer = new ConfChanger(_tracker, _lastIndex++);
        if (!ConfChangeText.TryParse(directive.Input, out var steps, out var error))
        {
            return error;
        }

        ConfTransition? after;
        switch (directive.Command)
        {
            case "simple":
                changer.TrySimple(steps, out after, out error);
                break;
            case "enter-joint":
                changer.TryEnterJoint(directive.Value("autoleave") == "true", steps, out after, out error);
                break;
            case "leave-joint" when !steps.IsEmpty:
                return "this command takes no input\n";
            case "leave-joint":
                changer.TryLeaveJoint(out after, out error);
                break;
            default:
                return null;
        }

        if (after is null)
        {
            return error + "\n";
        }

        _tracker.Replace(after.Members, after.Progress);
        var text = new StringBuilder(RaftText.Config(after.Members)).Append('\n');
        foreach (var (id, progress) in after.Progress)
        {
            text.Append(id).Append(": ").Append(RaftText.Progress(progress)).Append('\n');
        }

        return text.ToString();
    }
}
