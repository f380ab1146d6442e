using System.Globalization;
using Konsul.Mesh.State.Collections;
using Konsul.Mesh.State.Events;

namespace Konsul.Mesh.State.Deadlines;

/// <summary>All deadlines, by kind and key.</summary>
internal readonly record struct DeadlineTable(PersistentMap<CompositeKey, Deadline> Rows)
{
    public static DeadlineTable Empty { get; } = new(PersistentMap<CompositeKey, Deadline>.Empty(CompositeKey.Order));

    public static CompositeKey KeyOf(DeadlineKind kind, string key) => new(((int)kind).ToString(CultureInfo.InvariantCulture), key);

    public Deadline? Find(DeadlineKind kind, string key) => Rows.TryGetValue(KeyOf(kind, key), out var found) ? found : null;

    public static void Set(StateDraft draft, DeadlineKind kind, string key, TimeSpan after)
    {
        draft.Deadlines = new(draft.Deadlines.Rows.Set(KeyOf(kind, key), new Deadline(kind, key, after, draft.Index)));
        draft.Topics.Add(Topic.Deadlines);
    }

    public static void Remove(StateDraft draft, DeadlineKind kind, string key)
    {
        if (draft.Deadlines.Find(kind, key) is not null)
        {
            draft.Deadlines = new(draft.Deadlines.Rows.Remove(KeyOf(kind, key)));
            draft.Topics.Add(Topic.Deadlines);
        }
    }
}
