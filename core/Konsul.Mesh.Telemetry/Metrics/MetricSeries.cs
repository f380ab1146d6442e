namespace Konsul.Mesh.Telemetry.Metrics;

/// <summary>
/// One set of label values of a family, resolved once and kept by whoever writes it. A series that was idle leaves the page,
/// but the object stays valid: the next write puts it back with its count intact.
/// </summary>
public abstract class MetricSeries
{
    private protected MetricSeries(string[] labelValues) => LabelValues = labelValues;

    public IReadOnlyList<string> Labels => LabelValues;

    internal string[] LabelValues { get; }

    /// <summary>A number that is different after any write; lets idleness be found without work in the write path.</summary>
    internal abstract long Mark { get; }

    internal long LastMark { get; set; }

    internal long LastChange { get; set; }

    /// <summary>True while the series is not on the page; a write then takes the slow path that puts it back.</summary>
    internal volatile bool Retired;
}
