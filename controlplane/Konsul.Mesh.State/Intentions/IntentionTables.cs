using Konsul.Mesh.Model.Intentions;
using Konsul.Mesh.State.Collections;

namespace Konsul.Mesh.State.Intentions;

internal sealed record IntentionTables
{
    public static IntentionTables Empty { get; } = new();

    /// <summary>(destination, source)</summary>
    public PersistentMap<CompositeKey, Intention> Intentions { get; init; } = PersistentMap<CompositeKey, Intention>.Empty(CompositeKey.Order);

    public PersistentMap<string, CompositeKey> ById { get; init; } = PersistentMap<string, CompositeKey>.Empty(StringComparer.Ordinal);

    public ulong Index { get; init; }
}
