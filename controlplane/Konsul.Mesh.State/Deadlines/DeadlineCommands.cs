using Konsul.Mesh.State.Commands;
using Konsul.Mesh.State.Kv;
using Konsul.Mesh.State.Sessions;

namespace Konsul.Mesh.State.Deadlines;

/// <summary>What it means that deadlines have passed.</summary>
internal static class DeadlineCommands
{
    /// <summary>What was renewed, written anew or is gone since is passed over.</summary>
    public static ApplyResult Apply(StateDraft draft, Expire command)
    {
        foreach (var due in command.Due)
        {
            if (draft.Deadlines.Find(due.Kind, due.Key) is not { } deadline || deadline.Since != due.Since)
            {
                continue;
            }

            switch (due.Kind)
            {
                case DeadlineKind.Session:
                    new SessionWriter(draft).Destroy(due.Key);
                    break;
                case DeadlineKind.Key:
                    new KvWriter(draft).Remove(due.Key);
                    break;
                default:
                    DeadlineTable.Remove(draft, due.Kind, due.Key);
                    break;
            }
        }

        return new ApplyResult();
    }
}
