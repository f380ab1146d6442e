using Konsul.Mesh.Telemetry.Prometheus;

namespace Konsul.Mesh.Telemetry.Metrics;

/// <summary>What a family is called and measures. Immutable.</summary>
/// <param name="Name">OpenTelemetry style: <c>konsul.mesh.request.duration</c>.</param>
/// <param name="Unit">UCUM: <c>s</c>, <c>By</c>, <c>{request}</c>, <c>1</c> or empty.</param>
/// <param name="Help">One sentence.</param>
/// <param name="LabelNames">As exposed: letters, digits, underscores.</param>
internal sealed record MetricDescriptor(string Name, string Unit, string Help, MetricKind Kind, string[] LabelNames)
{
    /// <summary>Name on the page without <c>_total</c>, <c>_bucket</c> and the like.</summary>
    public string ExposedName { get; } = PrometheusName.Of(Name, Unit, Kind);

    public string ExposedUnit { get; } = PrometheusName.UnitOf(Unit, Kind);

    public bool SameShape(MetricDescriptor other) =>
        Name == other.Name && Unit == other.Unit && Kind == other.Kind && LabelNames.AsSpan().SequenceEqual(other.LabelNames);
}
