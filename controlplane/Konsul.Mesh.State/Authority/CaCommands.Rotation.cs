using System.Collections.Immutable;
using Konsul.Mesh.State.Commands;

namespace Konsul.Mesh.State.Authority;

/// <summary>The stages of a rotation and the configuration. Each compares the revision, so that one decided on an older state does nothing.</summary>
internal static partial class CaCommands
{
    /// <summary>Roots that may be trusted at once; every proxy gets all of them.</summary>
    private const int MaxRoots = 8;

    public static ApplyResult Apply(StateDraft draft, PublishRoot command) => With(draft, command.Cas, ca =>
    {
        if (ca.Rotation is not null)
        {
            return ApplyResult.Fail(ApplyFailure.Conflict, $"A rotation is under way: root {ca.Rotation.RootId} waits for its activation.");
        }

        if (ca.Roots.Length >= MaxRoots)
        {
            return ApplyResult.Fail(ApplyFailure.Conflict, $"There are {ca.Roots.Length} trusted roots already; wait until an old one is removed.");
        }

        if (command.Root.Active || command.Root.RotatedOutAt is not null)
        {
            return ApplyResult.Fail(ApplyFailure.Invalid, "A root that is published does not sign yet.");
        }

        var rotation = new CaRotation
        {
            RootId = command.Root.Id,
            StartedAt = command.Root.CreatedAt,
            WaitUntil = command.WaitUntil,
            Reason = command.Reason,
            Index = draft.Index,
        };
        return Put(draft, ca, [.. ca.Roots, command.Root], rotation);
    });

    public static ApplyResult Apply(StateDraft draft, ActivateRoot command) => With(draft, command.Cas, ca => ca.Rotation?.RootId != command.RootId
        ? NotPending(command.RootId)
        : Put(draft, ca, [.. ca.Roots.Select(root => Activated(root, ca, command))], null));

    public static ApplyResult Apply(StateDraft draft, AbandonRoot command) => With(draft, command.Cas, ca => ca.Rotation?.RootId != command.RootId
        ? NotPending(command.RootId)
        : Put(draft, ca, ca.Roots.RemoveAll(r => r.Id == command.RootId), null));

    public static ApplyResult Apply(StateDraft draft, RemoveRoot command) => With(draft, command.Cas, ca =>
    {
        if (ca.Roots.FirstOrDefault(r => r.Id == command.RootId) is not { } old)
        {
            return ApplyResult.Fail(ApplyFailure.NotFound, $"There is no root {command.RootId}.");
        }

        if (old.Active || old.TrustedUntil is not { } until || command.At < until)
        {
            return ApplyResult.Fail(ApplyFailure.Invalid, $"Leaves of root {command.RootId} may still be valid: it stays.");
        }

        var left = ca.Roots.Where(r => r.Id != old.Id).Select(r => r.CrossSigned?.IssuerId == old.Id ? r with { CrossSigned = null } : r);
        return Put(draft, ca, [.. left], ca.Rotation);
    });

    public static ApplyResult Apply(StateDraft draft, SetCaConfig command) => With(draft, command.Cas, ca =>
    {
        var (old, config) = (ca.Config, command.Config);
        if (config.LeafCertTtl <= TimeSpan.Zero || config.RootCertTtl <= TimeSpan.Zero || config.CsrMaxPerSecond < 0 || config.CsrMaxConcurrent < 0)
        {
            return ApplyResult.Fail(ApplyFailure.Invalid, "Lives must be above 0, limits not below.");
        }

        config = config with { CreateIndex = old?.CreateIndex ?? draft.Index, ModifyIndex = draft.Index };
        var longest = Longest(ca.Active.LongestLeaf, command.LeafCertTtlBefore, config.LeafCertTtl);
        draft.Ca = ca with { Config = config, Roots = ca.Roots.SetItem(0, ca.Active with { LongestLeaf = longest }) };
        draft.Topics.Add(Events.Topic.CaRoots);
        return new ApplyResult();
    });

    private static ApplyResult With(StateDraft draft, ulong cas, Func<CaTable, ApplyResult> change) => draft.Ca switch
    {
        null => ApplyResult.Fail(ApplyFailure.NotFound, "The CA is not initialised."),
        { } ca when ca.Revision != cas => ApplyResult.Fail(ApplyFailure.Conflict, $"The CA has changed since: its index is {ca.Revision}, not {cas}."),
        { } ca => change(ca),
    };

    private static ApplyResult Put(StateDraft draft, CaTable ca, ImmutableArray<CaRoot> roots, CaRotation? rotation)
    {
        var result = Put(draft, ca.ClusterId, roots);
        if (result.Success && draft.Ca is { } changed)
        {
            draft.Ca = changed with { Rotation = rotation };
        }

        return result;
    }

    private static CaRoot Activated(CaRoot root, CaTable ca, ActivateRoot command) =>
        root.Id == command.RootId ? root with { Active = true, LongestLeaf = ca.Config?.LeafCertTtl }
        : root.Active ? root with { Active = false, RotatedOutAt = command.At, TrustedUntil = command.OldTrustedUntil }
        : root;

    private static ApplyResult NotPending(string id) => ApplyResult.Fail(ApplyFailure.Conflict, $"Root {id} does not wait for its activation.");

    private static TimeSpan Longest(TimeSpan? one, TimeSpan two, TimeSpan? three) =>
        TimeSpan.FromTicks(Math.Max(Math.Max(one?.Ticks ?? 0, two.Ticks), three?.Ticks ?? 0));
}
