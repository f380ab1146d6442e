using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.State.Collections;

namespace Konsul.Mesh.State.Network;

/// <summary>Invariants: at most <see cref="MaxEvents"/> events with ascending LTimes; a coordinate has its node.</summary>
internal sealed record NetworkTables
{
    /// <summary>As many as an agent of Consul remembers.</summary>
    public const int MaxEvents = 256;

    public static NetworkTables Empty { get; } = new();

    /// <summary>By LTime.</summary>
    public PersistentMap<ulong, UserEvent> Events { get; init; } = PersistentMap<ulong, UserEvent>.Empty(Comparer<ulong>.Default);

    /// <summary>(node, segment)</summary>
    public PersistentMap<CompositeKey, NetworkCoordinate> Coordinates { get; init; } =
        PersistentMap<CompositeKey, NetworkCoordinate>.Empty(CompositeKey.Order);

    /// <exception cref="ArgumentException">Two rows have the same key, or the events do not ascend.</exception>
    public static NetworkTables Of(IReadOnlyList<UserEvent> events, IReadOnlyList<NetworkCoordinate> coordinates) => new()
    {
        Events = PersistentMap<ulong, UserEvent>.FromSorted(Comparer<ulong>.Default, [.. events.Select(e => new KeyValuePair<ulong, UserEvent>(e.LTime, e))]),
        Coordinates = PersistentMap<CompositeKey, NetworkCoordinate>.FromSorted(
            CompositeKey.Order,
            [.. coordinates.Select(c => new KeyValuePair<CompositeKey, NetworkCoordinate>(new(c.Node, c.Segment), c)).OrderBy(c => c.Key, CompositeKey.Order)]),
    };
}
