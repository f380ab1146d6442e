using Konsul.Mesh.Model.Chains;
using Konsul.Mesh.Model.ConfigEntries;
using Konsul.Mesh.Model.ConfigEntries.Parts;
using Konsul.Mesh.Model.Intentions;
using Konsul.Mesh.State.Commands;
using Konsul.Mesh.State.Events;
using Konsul.Mesh.State.Intentions;

namespace Konsul.Mesh.State.ConfigEntries;

/// <summary>What the commands about config entries mean.</summary>
internal static class ConfigCommands
{
    public static ApplyResult Apply(StateDraft draft, SetConfigEntry command)
    {
        var wanted = command.Entry;
        var old = View(draft).Find(wanted.Kind, wanted.Name);
        if (command.Cas is { } cas && cas != (old?.ModifyIndex ?? 0))
        {
            return new ApplyResult { CasHeld = false };
        }

        if (wanted is ServiceIntentions intentions)
        {
            if (WriteIntentions(draft, intentions, command) is { Success: false } refused)
            {
                return refused;
            }
        }
        else
        {
            var entry = wanted with { CreateIndex = old?.CreateIndex ?? draft.Index, ModifyIndex = draft.Index };
            if (old is not null && Same(old, entry))
            {
                return new ApplyResult();
            }

            Store(draft, old, entry);
        }

        return Judge(draft, wanted.Kind, wanted.Name);
    }

    public static ApplyResult Apply(StateDraft draft, DeleteConfigEntry command)
    {
        var old = View(draft).Find(command.Kind, command.Name);
        if (command.Cas is { } cas && (old is null || cas != old.ModifyIndex))
        {
            return new ApplyResult { CasHeld = false };
        }

        if (old is null)
        {
            return new ApplyResult();
        }

        if (old is ServiceIntentions intentions)
        {
            foreach (var source in intentions.Sources)
            {
                IntentionCommands.Apply(draft, new DeleteIntention { SourceName = source.Name, DestinationName = old.Name });
            }
        }
        else
        {
            draft.Config = draft.Config.With(old, null);
            Touch(draft, old.Kind, old.Name);
        }

        return Judge(draft, command.Kind, command.Name);
    }

    /// <summary>
    /// Called with every change of a destination's intentions: keeps its head there exactly while it has any, and its indexes right.
    /// </summary>
    public static void IntentionsChanged(StateDraft draft, string destination)
    {
        var key = new Collections.CompositeKey(ServiceIntentions.KindWord, destination);
        var head = draft.Config.Entries.GetValueOrDefault(key) ?? new ServiceIntentions { Name = destination, CreateIndex = draft.Index };
        var left = new IntentionView(draft.Intentions).To(destination).Any();
        draft.Config = draft.Config with
        {
            Entries = left ? draft.Config.Entries.Set(key, head with { ModifyIndex = draft.Index }) : draft.Config.Entries.Remove(key),
        };
        Touch(draft, ServiceIntentions.KindWord, destination);
    }

    private static ConfigView View(StateDraft draft) => new(draft.Config, new IntentionView(draft.Intentions));

    /// <summary>Whether the entries keep their common rules after a change of this one.</summary>
    public static ApplyResult Judge(StateDraft draft, string kind, string name) => ConfigGraph.Problem(View(draft), kind, name) is { } problem
        ? ApplyResult.Fail(ApplyFailure.Invalid, problem)
        : new ApplyResult();

    /// <summary>Makes the intentions of the destination those of the entry; what does not change keeps its indexes.</summary>
    private static ApplyResult WriteIntentions(StateDraft draft, ServiceIntentions entry, SetConfigEntry command)
    {
        var wanted = entry.Sources.Select(s => s.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var old in new IntentionView(draft.Intentions).To(entry.Name).Where(i => !wanted.Contains(i.SourceName)).ToList())
        {
            IntentionCommands.Apply(draft, new DeleteIntention { SourceName = old.SourceName, DestinationName = entry.Name });
        }

        for (var i = 0; i < entry.Sources.Length; i++)
        {
            var intention = IntentionOf(entry.Sources[i], entry.Name, i < command.Ids.Length ? command.Ids[i] : "", command.At);
            if (IntentionCommands.Apply(draft, new UpsertIntention { Intention = intention }) is { Success: false } refused)
            {
                return refused;
            }
        }

        var key = new Collections.CompositeKey(ServiceIntentions.KindWord, entry.Name);
        var head = draft.Config.Entries.GetValueOrDefault(key) as ServiceIntentions;
        var next = entry with { Sources = [], CreateIndex = head?.CreateIndex ?? draft.Index, ModifyIndex = draft.Index };
        if (head is null || !Same(head, next))
        {
            // The policy hangs on the head too: who watches the destination must hear of it.
            draft.Topics.Add(Topic.Intentions);
            draft.Topics.Add(Topic.IntentionsFor(entry.Name));
            draft.Intentions = draft.Intentions with { Index = draft.Index };
            Store(draft, head, next);
        }

        return new ApplyResult();
    }

    private static Intention IntentionOf(SourceIntention source, string destination, string id, DateTimeOffset at) => new()
    {
        Id = id,
        SourceName = source.Name,
        DestinationName = destination,
        Action = source.Action == "allow" ? IntentionAction.Allow : IntentionAction.Deny,
        Permissions = source.Permissions,
        Description = source.Description,
        Meta = source.LegacyMeta,
        CreatedAt = at,
        UpdatedAt = at,
    };

    private static void Store(StateDraft draft, ConfigEntry? old, ConfigEntry entry)
    {
        draft.Config = draft.Config.With(old, entry);
        Touch(draft, entry.Kind, entry.Name);
    }

    private static void Touch(StateDraft draft, string kind, string name)
    {
        draft.Config = draft.Config with { Indexes = draft.Config.Indexes.Set(kind, draft.Index) };
        draft.Topics.Add(Topic.ConfigEntries(kind));
        draft.Topics.Add(Topic.ConfigEntry(kind, name));
    }

    private static bool Same(ConfigEntry a, ConfigEntry b) =>
        ConfigEntryWriter.ToBytes(a).AsSpan().SequenceEqual(ConfigEntryWriter.ToBytes(b with { ModifyIndex = a.ModifyIndex }));
}
