using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Konsul.Mesh.Raft.Host.Consensus;

namespace Konsul.Mesh.Raft.Host.Tests.Consensus;

/// <summary>What one server's instruments were told, by instrument and tag: of a histogram the number of values, of a counter their sum.</summary>
internal sealed class Measured : IDisposable
{
    private readonly ConcurrentDictionary<string, long> _totals = new(StringComparer.Ordinal);
    private readonly MeterListener _listener;

    public Measured(RaftMetrics metrics)
    {
        _listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (ReferenceEquals(instrument.Meter, metrics.Meter))
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Add(instrument, 1, tags));
        _listener.Start();
    }

    /// <param name="key">The instrument's name after "konsul.raft.", and of a labelled one a space and the label's value.</param>
    public long this[string key] => _totals.GetValueOrDefault(key);

    public void Dispose() => _listener.Dispose();

    private void Add(Instrument instrument, long value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var key = instrument.Name["konsul.raft.".Length..] + (tags.IsEmpty ? "" : $" {tags[0].Value}");
        _totals.AddOrUpdate(key, value, (_, sum) => sum + value);
    }
}
