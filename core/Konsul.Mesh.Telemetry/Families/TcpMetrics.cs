using Konsul.Mesh.Telemetry.Metrics;

namespace Konsul.Mesh.Telemetry.Families;

/// <summary>Connections and bytes of TCP services: <c>konsul_mesh_tcp_*_total</c>.</summary>
public sealed class TcpMetrics
{
    private static readonly string[] Labels =
    [
        "reporter", "source_service", "source_namespace", "source_principal", "destination_service", "destination_namespace",
        "response_flags", "connection_security_policy",
    ];

    private readonly CounterFamily _opened;
    private readonly CounterFamily _closed;
    private readonly CounterFamily _sent;
    private readonly CounterFamily _received;

    internal TcpMetrics(MetricRegistry registry)
    {
        _opened = registry.Counter("konsul.mesh.tcp.connections.opened", "{connection}", "Connections that were opened.", Labels);
        _closed = registry.Counter("konsul.mesh.tcp.connections.closed", "{connection}", "Connections that ended.", Labels);
        _sent = registry.Counter("konsul.mesh.tcp.sent", "By", "Bytes sent to the client in responses.", Labels);
        _received = registry.Counter("konsul.mesh.tcp.received", "By", "Bytes received from the client in requests.", Labels);
    }

    /// <summary>Resolves the series of one pair of services. Keep the result per connection or route.</summary>
    public TcpRecorder For(TrafficLabels labels) => new(this, labels);

    internal CounterSeries Opened(TrafficLabels labels) => _opened.With(Values(labels, ResponseFlag.None));

    internal CounterSeries Closed(TrafficLabels labels, ResponseFlag flag) => _closed.With(Values(labels, flag));

    internal CounterSeries Sent(TrafficLabels labels) => _sent.With(Values(labels, ResponseFlag.None));

    internal CounterSeries Received(TrafficLabels labels) => _received.With(Values(labels, ResponseFlag.None));

    private static string[] Values(TrafficLabels labels, ResponseFlag flag) =>
    [
        labels.ReporterText, labels.SourceService, labels.SourceNamespace, labels.SourcePrincipal,
        labels.DestinationService, labels.DestinationNamespace,
        flag == ResponseFlag.None ? "-" : flag.ToString(), labels.SecurityText,
    ];
}
