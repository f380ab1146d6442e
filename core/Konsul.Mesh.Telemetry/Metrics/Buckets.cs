using System.Collections.Immutable;

namespace Konsul.Mesh.Telemetry.Metrics;

/// <summary>Upper bounds of histogram buckets, inclusive, ascending; the last bucket (+Inf) is implied.</summary>
public static class Buckets
{
    /// <summary>Seconds, as OpenTelemetry's HTTP semantic conventions advise.</summary>
    public static ImmutableArray<double> Durations { get; } =
        [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

    /// <summary>Seconds, for work inside one process: from 50 µs (an fsync on a good disk) to 5 s.</summary>
    public static ImmutableArray<double> ShortDurations { get; } =
        [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5];

    /// <summary>Bytes, 64 B to 64 MiB by factors of 8 and 4.</summary>
    public static ImmutableArray<double> Sizes { get; } =
        [64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864];
}
