using Konsul.Mesh.Telemetry.Metrics;

namespace Konsul.Mesh.Telemetry.Families;

/// <summary>Counts the connections between two services. Any thread.</summary>
public sealed class TcpRecorder
{
    private readonly TcpMetrics _metrics;
    private readonly TrafficLabels _labels;
    private readonly CounterSeries _opened;
    private readonly CounterSeries _closed;

    internal TcpRecorder(TcpMetrics metrics, TrafficLabels labels)
    {
        _metrics = metrics;
        _labels = labels;
        _opened = metrics.Opened(labels);
        _closed = metrics.Closed(labels, ResponseFlag.None);
        Sent = metrics.Sent(labels);
        Received = metrics.Received(labels);
    }

    /// <summary>Bytes to the client; add as they flow, so that long connections are seen before they end.</summary>
    public CounterSeries Sent { get; }

    /// <summary>Bytes from the client.</summary>
    public CounterSeries Received { get; }

    public void Opened() => _opened.Increment();

    public void Closed(ResponseFlag flag = ResponseFlag.None) =>
        (flag == ResponseFlag.None ? _closed : _metrics.Closed(_labels, flag)).Increment();
}
