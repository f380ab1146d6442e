namespace Konsul.Mesh.TestKit.Linearizability;

/// <summary>Bounds of one check.</summary>
public sealed record CheckOptions
{
    /// <summary>After this time the verdict is Unknown. Default 5 minutes.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>What measures <see cref="Timeout"/>. Default: the system's clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>How many partitions are searched at once. Default: one per core.</summary>
    public int Parallelism { get; init; } = Environment.ProcessorCount;

    /// <summary>About how much all searches together may remember, in bytes; beyond it the verdict is Unknown. Default 512 MiB.</summary>
    public long CacheBytes { get; init; } = 512L << 20;
}
