namespace Konsul.Mesh.State.Authority;

/// <summary>A root that is trusted and waits for its activation.</summary>
public sealed record CaRotation
{
    /// <summary>One of the table's roots.</summary>
    public required string RootId { get; init; }

    /// <summary>When it was published.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When it is activated even if somebody does not trust it yet.</summary>
    public required DateTimeOffset WaitUntil { get; init; }

    /// <summary>Why, for people.</summary>
    public string Reason { get; init; } = "";

    public ulong Index { get; init; }
}
