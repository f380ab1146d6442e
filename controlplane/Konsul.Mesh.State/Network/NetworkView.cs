using Konsul.Mesh.Model.Catalog;

namespace Konsul.Mesh.State.Network;

/// <summary>User events and coordinates as of one index.</summary>
public sealed class NetworkView
{
    internal NetworkView(NetworkTables tables) => Tables = tables;

    internal NetworkTables Tables { get; }

    /// <summary>The newest 256, oldest first.</summary>
    public IEnumerable<UserEvent> Events => Tables.Events.Select(e => e.Value);

    /// <summary>When the last event was fired; at least 1.</summary>
    public ulong EventsIndex => Math.Max(Tables.Events.Select(e => e.Value.ModifyIndex).DefaultIfEmpty().Max(), 1);

    /// <summary>In the order of their nodes.</summary>
    public IEnumerable<NetworkCoordinate> Coordinates => Tables.Coordinates.Select(e => e.Value);

    /// <summary>When a coordinate last changed; at least 1.</summary>
    public ulong CoordinatesIndex => Math.Max(Tables.Coordinates.Select(e => e.Value.ModifyIndex).DefaultIfEmpty().Max(), 1);

    /// <summary>All of a node, one per segment.</summary>
    public IEnumerable<NetworkCoordinate> Of(string node) =>
        Tables.Coordinates.From(new(node, "")).TakeWhile(e => e.Key.First == node).Select(e => e.Value);

    /// <summary>The estimated round trip between two nodes, seconds; infinite where one of them has no coordinate in a segment that both have.</summary>
    public double Distance(string from, string to)
    {
        foreach (var one in Of(from))
        {
            if (Tables.Coordinates.TryGetValue(new(to, one.Segment), out var other))
            {
                return one.DistanceTo(other);
            }
        }

        return double.PositiveInfinity;
    }
}
