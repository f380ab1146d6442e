using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.State.Commands;
using Konsul.Mesh.State.Events;

namespace Konsul.Mesh.State.Network;

/// <summary>What the commands about events and coordinates mean.</summary>
internal static class NetworkCommands
{
    public static ApplyResult Apply(StateDraft draft, FireEvent command)
    {
        if (command.Event is not { Id.Length: > 0, Name.Length: > 0 } fired)
        {
            return ApplyResult.Fail(ApplyFailure.Invalid, "An event needs an id and a name.");
        }

        var events = draft.Network.Events;
        var last = events.Select(e => e.Key).DefaultIfEmpty().Max();
        events = events.Set(last + 1, fired with { LTime = last + 1, ModifyIndex = draft.Index });
        while (events.Count > NetworkTables.MaxEvents)
        {
            events = events.Remove(events.First().Key);
        }

        draft.Network = draft.Network with { Events = events };
        draft.Topics.Add(Topic.UserEvents);
        return new ApplyResult();
    }

    public static ApplyResult Apply(StateDraft draft, UpdateCoordinates command)
    {
        foreach (var coordinate in command.Coordinates)
        {
            if (Reason(coordinate) is { } reason)
            {
                return ApplyResult.Fail(ApplyFailure.Invalid, $"The coordinate of \"{coordinate.Node}\" {reason}.");
            }

            if (draft.Catalog.Nodes.ContainsKey(coordinate.Node))
            {
                Put(draft, coordinate);
            }
        }

        return new ApplyResult();
    }

    /// <summary>With its node a coordinate goes.</summary>
    public static void RemoveNode(StateDraft draft, string node)
    {
        foreach (var coordinate in new NetworkView(draft.Network).Of(node).ToList())
        {
            draft.Network = draft.Network with { Coordinates = draft.Network.Coordinates.Remove(new(node, coordinate.Segment)) };
            draft.Topics.Add(Topic.Coordinates);
        }
    }

    private static void Put(StateDraft draft, NetworkCoordinate coordinate)
    {
        var key = new Collections.CompositeKey(coordinate.Node, coordinate.Segment);
        var old = draft.Network.Coordinates.GetValueOrDefault(key);
        if (old is not null && StateDraft.Same(old with { ModifyIndex = 0 }, coordinate with { ModifyIndex = 0 }, StateJson.Default.NetworkCoordinate))
        {
            return;
        }

        draft.Network = draft.Network with { Coordinates = draft.Network.Coordinates.Set(key, coordinate with { ModifyIndex = draft.Index }) };
        draft.Topics.Add(Topic.Coordinates);
    }

    private static string? Reason(NetworkCoordinate c) =>
        c.Vector.IsDefault || c.Vector.Length != NetworkCoordinate.Dimensions ? $"has not {NetworkCoordinate.Dimensions} dimensions"
        : !c.Vector.All(double.IsFinite) || !double.IsFinite(c.Error) || !double.IsFinite(c.Adjustment) || !double.IsFinite(c.Height) ? "holds a number that is not finite"
        : c.Height < 0 || c.Error < 0 ? "has a negative height or error"
        : null;
}
