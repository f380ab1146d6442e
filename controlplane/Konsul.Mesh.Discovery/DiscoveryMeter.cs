using System.Diagnostics.Metrics;
using Konsul.Mesh.Wire.Mapping;
using Konsul.Mesh.Wire.V1;

namespace Konsul.Mesh.Discovery;

/// <summary>What the discovery streams measure, on the meter <see cref="Name"/>.</summary>
public sealed class DiscoveryMeter : IDisposable
{
    public const string Name = "Konsul.Mesh.Discovery";

    private readonly Meter _meter = new(Name);
    private readonly UpDownCounter<long> _streams;
    private readonly Histogram<double> _pushDuration;
    private readonly Counter<long> _pushBytes;
    private readonly Counter<long> _nacks;

    public DiscoveryMeter()
    {
        _streams = _meter.CreateUpDownCounter<long>("konsul.discovery.streams", "{stream}", "Open discovery streams.");
        _pushDuration = _meter.CreateHistogram(
            "konsul.discovery.push.duration", "s", "From waking to the last response written.", tags: null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5] });
        _pushBytes = _meter.CreateCounter<long>("konsul.discovery.push.bytes", "By", "Bytes of responses sent.");
        _nacks = _meter.CreateCounter<long>("konsul.discovery.nacks", "{nack}", "Responses that proxies refused.");
    }

    public void Dispose() => _meter.Dispose();

    internal void StreamOpened() => _streams.Add(1);

    internal void StreamClosed() => _streams.Add(-1);

    internal void Pushed(DeltaResponse response) => _pushBytes.Add(response.CalculateSize(), TypeTag(response.Type));

    internal void PushEnded(TimeSpan duration) => _pushDuration.Record(duration.TotalSeconds);

    internal void Nacked(ResourceType type) => _nacks.Add(1, TypeTag(type));

    private static KeyValuePair<string, object?> TypeTag(ResourceType type) => new("type", ResourceKinds.Label(type));
}
