namespace Konsul.Mesh.Bench.Report;

/// <summary>One pair under one load; ratios are to haproxy-h2 of the same run and absent when it was not measured.</summary>
internal sealed record ReportRow(
    string Load, string Pair, Spread RequestsPerSecond, Spread CpuPerRequest, Spread P50, Spread P99, Spread OutboundBytes, Spread InboundBytes,
    double? CpuRatio, double? RateRatio);

internal sealed record ReportPair(string Name, string Hop, string Settings, IReadOnlyList<string> Verified);

internal sealed record FigureRow(string Name, string Unit, Spread Value, string? Wanted);

/// <summary>Everything one run found; written as JSON, shown as Markdown.</summary>
internal sealed record BenchReport(
    DateTimeOffset At, string Machine, int Rounds, double DurationSeconds, IReadOnlyList<ReportPair> Pairs, IReadOnlyList<string> Skipped, IReadOnlyList<string> Failed,
    IReadOnlyList<ReportRow> Rows, IReadOnlyList<FigureRow> Figures);
