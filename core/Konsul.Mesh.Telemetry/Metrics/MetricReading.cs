using System.Collections.Immutable;

namespace Konsul.Mesh.Telemetry.Metrics;

/// <summary>One series as it stood when it was read, for pages that are not Prometheus'.</summary>
/// <param name="Name">Dotted.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Labels">Names and values.</param>
/// <param name="Value">Of a counter or gauge; of a histogram the sum of what was recorded.</param>
/// <param name="Count">Of a histogram: how many values were recorded; else 1.</param>
public sealed record MetricReading(string Name, MetricKind Kind, ImmutableArray<KeyValuePair<string, string>> Labels, double Value, long Count);
