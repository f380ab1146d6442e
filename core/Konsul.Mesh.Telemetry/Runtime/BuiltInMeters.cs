using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Diagnostics.Metrics;
using Konsul.Mesh.Telemetry.Prometheus;

namespace Konsul.Mesh.Telemetry.Runtime;

/// <summary>Puts meters that the runtime and its libraries bring on the page. Observable instruments are read at scrape time
/// only.</summary>
internal sealed class BuiltInMeters : IDisposable
{
    private readonly ConcurrentDictionary<string, ForeignInstrument> _instruments = new(StringComparer.Ordinal);
    private readonly FrozenSet<string> _allowed;
    private readonly MeterListener _listener;
    private readonly int _maxSeries;

    public BuiltInMeters(IEnumerable<string> allowed, int maxSeries)
    {
        _allowed = allowed.ToFrozenSet(StringComparer.Ordinal);
        _maxSeries = maxSeries;
        _listener = new MeterListener { InstrumentPublished = Published };
        _listener.SetMeasurementEventCallback<byte>((i, value, tags, state) => Record(state, value, tags));
        _listener.SetMeasurementEventCallback<short>((i, value, tags, state) => Record(state, value, tags));
        _listener.SetMeasurementEventCallback<int>((i, value, tags, state) => Record(state, value, tags));
        _listener.SetMeasurementEventCallback<long>((i, value, tags, state) => Record(state, value, tags));
        _listener.SetMeasurementEventCallback<float>((i, value, tags, state) => Record(state, value, tags));
        _listener.SetMeasurementEventCallback<double>((i, value, tags, state) => Record(state, value, tags));
        _listener.SetMeasurementEventCallback<decimal>((i, value, tags, state) => Record(state, (double)value, tags));
        _listener.Start();
    }

    public void WriteTo(IExposition writer)
    {
        _listener.RecordObservableInstruments();
        foreach (var instrument in _instruments.Values.OrderBy(i => i.ExposedName, StringComparer.Ordinal))
        {
            instrument.WriteTo(writer);
        }
    }

    public void Dispose() => _listener.Dispose();

    private static void Record(object? state, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        (state as ForeignInstrument)?.Record(value, tags);

    private void Published(Instrument instrument, MeterListener listener)
    {
        if (_allowed.Contains(instrument.Meter.Name))
        {
            var state = _instruments.GetOrAdd($"{instrument.Meter.Name}/{instrument.Name}", _ => new ForeignInstrument(instrument, _maxSeries));
            listener.EnableMeasurementEvents(instrument, state);
        }
    }
}
