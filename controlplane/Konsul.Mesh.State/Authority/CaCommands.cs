using System.Collections.Immutable;
using Konsul.Mesh.State.Commands;
using Konsul.Mesh.State.Events;

namespace Konsul.Mesh.State.Authority;

/// <summary>What the CA's commands mean.</summary>
internal static partial class CaCommands
{
    public static ApplyResult Apply(StateDraft draft, InitializeCa command)
    {
        if (draft.Ca is not null)
        {
            return ApplyResult.Fail(ApplyFailure.Conflict, "The CA is already initialised.");
        }

        return command.ClusterId == Guid.Empty
            ? ApplyResult.Fail(ApplyFailure.Invalid, "The cluster id must not be empty.")
            : Put(draft, command.ClusterId, command.Roots);
    }

    public static ApplyResult Apply(StateDraft draft, SetRoots command)
    {
        if (draft.Ca is not { } ca)
        {
            return ApplyResult.Fail(ApplyFailure.NotFound, "The CA is not initialised.");
        }

        return ca.Index != command.Cas
            ? ApplyResult.Fail(ApplyFailure.Conflict, $"The roots have changed since: their index is {ca.Index}, not {command.Cas}.")
            : Put(draft, ca.ClusterId, command.Roots);
    }

    private static ApplyResult Put(StateDraft draft, Guid clusterId, ImmutableArray<CaRoot> roots)
    {
        if (roots.IsDefaultOrEmpty || roots.Count(r => r.Active) != 1)
        {
            return ApplyResult.Fail(ApplyFailure.Invalid, "Exactly one root must be active.");
        }

        if (roots.Any(r => r.Id.Length == 0 || r.Certificate.IsEmpty) || roots.DistinctBy(r => r.Id).Count() != roots.Length)
        {
            return ApplyResult.Fail(ApplyFailure.Invalid, "Every root needs a certificate and an id of its own.");
        }

        var olds = draft.Ca?.Roots ?? [];
        var indexed = roots.OrderByDescending(r => r.Active).Select(root => Indexed(root, olds.FirstOrDefault(o => o.Id == root.Id), draft.Index));
        var table = new CaTable(clusterId, [.. indexed], draft.Index) { Config = draft.Ca?.Config };
        if (draft.Ca is not null && StateDraft.Same(draft.Ca, table with { Index = draft.Ca.Index }, StateJson.Default.CaTable))
        {
            return new ApplyResult();
        }

        draft.Ca = table;
        draft.Topics.Add(Topic.CaRoots);
        return new ApplyResult();
    }

    private static CaRoot Indexed(CaRoot root, CaRoot? old, ulong index)
    {
        root = root with { CreateIndex = old?.CreateIndex ?? index, ModifyIndex = old?.ModifyIndex ?? index };
        return old is not null && StateDraft.Same(old, root, StateJson.Default.CaRoot) ? root : root with { ModifyIndex = index };
    }
}
