namespace Konsul.Mesh.Server.Operators;

/// <summary>One server as the leader judges it.</summary>
internal sealed record ServerHealth
{
    /// <summary>As it stands in the state.</summary>
    public required string Id { get; init; }

    public required string Name { get; init; }

    public required string Address { get; init; }

    public string Version { get; init; } = "";

    public bool IsLeader { get; init; }

    public bool IsVoter { get; init; }

    public bool IsHealthy { get; init; }

    /// <summary>Null where it was never heard of.</summary>
    public TimeSpan? SinceContact { get; init; }

    public ulong LastIndex { get; init; }

    public ulong LastTerm { get; init; }

    /// <summary>How long it has been as healthy as it is.</summary>
    public TimeSpan StableFor { get; init; }

    /// <summary>The same as a time of day, for people.</summary>
    public DateTimeOffset StableSince { get; init; }
}
