namespace Konsul.Mesh.Bench.Report;

/// <summary>One store under one load; the ratio is of rates, to the first store of the same run.</summary>
internal sealed record StoreRow(string Load, string Store, Spread RequestsPerSecond, Spread P50, Spread P99, double RateRatio);

/// <summary>Everything one run of the control plane found; written as JSON, shown as Markdown.</summary>
internal sealed record ClusterReport(
    DateTimeOffset At, string Machine, int Rounds, double DurationSeconds, IReadOnlyList<string> Settings, IReadOnlyList<string> Failed, IReadOnlyList<StoreRow> Rows,
    IReadOnlyList<FigureRow> Figures);
