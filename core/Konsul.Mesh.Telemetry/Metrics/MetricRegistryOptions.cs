namespace Konsul.Mesh.Telemetry.Metrics;

public sealed record MetricRegistryOptions
{
    /// <summary>Series one family may hold; more are counted in <c>konsul_metrics_series_dropped_total</c> and not exposed. Default
    /// 2,000.</summary>
    public int MaxSeries { get; init; } = 2_000;

    /// <summary>Counter and histogram series that have not changed for this long leave the page until they change again. Default 15
    /// minutes.</summary>
    public TimeSpan IdleAfter { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Shown as the label of <c>konsul_build_info</c>.</summary>
    public string Version { get; init; } = typeof(MetricRegistryOptions).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";
}
