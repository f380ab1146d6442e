namespace Konsul.Mesh.Model.Catalog;

/// <summary>A named message to whoever listens; the newest are kept for those that ask later.</summary>
public sealed record UserEvent
{
    /// <summary>A UUID, given by whoever fired it.</summary>
    public required string Id { get; init; }

    public required string Name { get; init; }

    public ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>Patterns that a listener's node, service and tag must match; empty: any. Kept as sent, listeners judge.</summary>
    public string NodeFilter { get; init; } = "";

    public string ServiceFilter { get; init; } = "";

    public string TagFilter { get; init; } = "";

    /// <summary>Ascends by one with every event.</summary>
    public ulong LTime { get; init; }

    public ulong ModifyIndex { get; init; }
}
