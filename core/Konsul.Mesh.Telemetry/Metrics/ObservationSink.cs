namespace Konsul.Mesh.Telemetry.Metrics;

/// <summary>Takes what an observable instrument's callback reads, at the moment of a scrape.</summary>
public sealed class ObservationSink
{
    private readonly int _labels;
    private readonly int _limit;
    private readonly List<(double Value, string[] Labels)> _observations = [];

    internal ObservationSink(int labels, int limit)
    {
        _labels = labels;
        _limit = limit;
    }

    internal IReadOnlyList<(double Value, string[] Labels)> Observations => _observations;

    internal long Dropped { get; private set; }

    public void Observe(double value, params string[] labels)
    {
        if (labels.Length != _labels)
        {
            throw new ArgumentException($"{_labels} label values are expected, not {labels.Length}.", nameof(labels));
        }

        if (_observations.Count >= _limit)
        {
            Dropped++;
            return;
        }

        _observations.Add((value, labels));
    }
}
