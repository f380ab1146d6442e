namespace Konsul.Mesh.Raft.Host.Storage;

/// <summary>What opening had to repair. All of it is normal after a power cut; more than that is worth a human's look.</summary>
public sealed record StorageRepair
{
    /// <summary>The segment whose torn last batch was cut, a copy is kept as .broken; empty when none was.</summary>
    public string TornFile { get; init; } = "";

    /// <summary>Where it was cut.</summary>
    public long TornOffset { get; init; }

    public long TornBytes { get; init; }

    /// <summary>The newest snapshot's index when it was bad or gone and the one before it is used; 0 when it is good.</summary>
    public ulong BadSnapshot { get; init; }
}
