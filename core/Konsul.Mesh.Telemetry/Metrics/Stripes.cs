using System.Numerics;

namespace Konsul.Mesh.Telemetry.Metrics;

/// <summary>Writers on different cores use different cells, two cache lines apart (the adjacent-line prefetcher pulls pairs).</summary>
internal static class Stripes
{
    public const int CellLongs = 16;

    // Eight stripes bound the memory of a series to 1 KiB on machines with many cores.
    private static readonly int Mask = (int)Math.Min(8, BitOperations.RoundUpToPowerOf2((uint)Environment.ProcessorCount)) - 1;

    public static int Count => Mask + 1;

    public static int Current => Thread.GetCurrentProcessorId() & Mask;
}
