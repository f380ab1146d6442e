using Konsul.Mesh.Model.ConfigEntries;
using Konsul.Mesh.Model.Intentions;
using Konsul.Mesh.State.Collections;
using Konsul.Mesh.State.Commands;
using Konsul.Mesh.State.ConfigEntries;
using Konsul.Mesh.State.Events;

namespace Konsul.Mesh.State.Intentions;

/// <summary>What the intentions' commands mean.</summary>
internal static class IntentionCommands
{
    public static ApplyResult Apply(StateDraft draft, UpsertIntention command)
    {
        var wanted = command.Intention;
        if (Reason(wanted) is { } reason)
        {
            return ApplyResult.Fail(ApplyFailure.Invalid, reason);
        }

        var table = draft.Intentions;
        var key = KeyOf(wanted);
        table.Intentions.TryGetValue(key, out var old);
        if (command.CreateOnly && old is not null)
        {
            return ApplyResult.Fail(
                ApplyFailure.Conflict, $"There is already an intention from \"{wanted.SourceName}\" to \"{wanted.DestinationName}\".");
        }

        Intention? moved = null;
        if (old is null && table.ById.TryGetValue(wanted.Id, out var movedKey))
        {
            moved = table.Intentions.GetValueOrDefault(movedKey);
        }

        var origin = old ?? moved;
        var intention = wanted with
        {
            Id = origin?.Id ?? wanted.Id,
            CreatedAt = origin?.CreatedAt ?? wanted.CreatedAt,
            CreateIndex = origin?.CreateIndex ?? draft.Index,
            ModifyIndex = draft.Index,
        };
        if (old is not null && SameRule(old, intention))
        {
            return new ApplyResult { IntentionId = old.Id };
        }

        if (moved is not null)
        {
            Remove(draft, moved);
        }

        draft.Intentions = draft.Intentions with
        {
            Intentions = draft.Intentions.Intentions.Set(key, intention),
            ById = draft.Intentions.ById.Set(intention.Id, key),
            Index = draft.Index,
        };
        Touch(draft, intention);
        return (intention.Permissions.IsEmpty
            ? new ApplyResult()
            : ConfigCommands.Judge(draft, ServiceIntentions.KindWord, intention.DestinationName)) with
        { IntentionId = intention.Id };
    }

    public static ApplyResult Apply(StateDraft draft, DeleteIntention command)
    {
        var view = new IntentionView(draft.Intentions);
        var intention = command.Id.Length > 0 ? view.ById(command.Id) : view.Get(command.SourceName, command.DestinationName);
        if (intention is not null)
        {
            Remove(draft, intention);
        }

        return new ApplyResult { IntentionId = intention?.Id ?? "" };
    }

    private static CompositeKey KeyOf(Intention intention) => new(intention.DestinationName, intention.SourceName);

    private static void Remove(StateDraft draft, Intention intention)
    {
        draft.Intentions = draft.Intentions with
        {
            Intentions = draft.Intentions.Intentions.Remove(KeyOf(intention)),
            ById = draft.Intentions.ById.Remove(intention.Id),
            Index = draft.Index,
        };
        Touch(draft, intention);
    }

    private static void Touch(StateDraft draft, Intention intention)
    {
        ConfigCommands.IntentionsChanged(draft, intention.DestinationName);
        draft.Topics.Add(Topic.Intentions);
        draft.Topics.Add(Topic.IntentionsFor(intention.DestinationName));
    }

    private static bool SameRule(Intention a, Intention b) =>
        StateDraft.Same(a, b with { UpdatedAt = a.UpdatedAt, ModifyIndex = a.ModifyIndex }, StateJson.Default.Intention);

    private static string? Reason(Intention intention)
    {
        if (intention.Id.Length == 0)
        {
            return "The intention has no id.";
        }

        if (!Enum.IsDefined(intention.Action))
        {
            return $"{(int)intention.Action} is no action of an intention.";
        }

        return Bad(intention.SourceName) is { } source ? $"The source's name {source}."
            : Bad(intention.DestinationName) is { } destination ? $"The destination's name {destination}."
            : null;
    }

    private static string? Bad(string name) => name == Intention.Wildcard ? null : Model.Names.CheckId(name);
}
