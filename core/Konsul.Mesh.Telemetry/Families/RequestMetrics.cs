using Konsul.Mesh.Telemetry.Metrics;

namespace Konsul.Mesh.Telemetry.Families;

/// <summary><c>konsul_mesh_requests_total</c>, <c>konsul_mesh_request_duration_seconds</c>, body sizes.</summary>
public sealed class RequestMetrics
{
    private static readonly string[] Labels =
    [
        "reporter", "source_service", "source_namespace", "source_principal", "destination_service", "destination_namespace",
        "request_protocol", "http_response_status_code", "rpc_status_code", "response_flags", "connection_security_policy",
    ];

    private static readonly string[] SizeLabels = ["reporter", "source_service", "destination_service"];

    internal RequestMetrics(MetricRegistry registry)
    {
        Requests = registry.Counter("konsul.mesh.requests", "{request}", "Requests that ended, answered or not.", Labels);
        Duration = registry.Histogram(
            "konsul.mesh.request.duration", "s", "Time from the first byte of a request to the last of its response.", Buckets.Durations, Labels);
        RequestSize = registry.Histogram(
            "konsul.mesh.request.body.size", "By", "Bytes of request bodies.", Buckets.Sizes, SizeLabels);
        ResponseSize = registry.Histogram(
            "konsul.mesh.response.body.size", "By", "Bytes of response bodies.", Buckets.Sizes, SizeLabels);
    }

    internal CounterFamily Requests { get; }

    internal HistogramFamily Duration { get; }

    internal HistogramFamily RequestSize { get; }

    internal HistogramFamily ResponseSize { get; }

    /// <summary>Resolves the series of one pair of services. Keep the result per connection or route.</summary>
    public RequestRecorder For(TrafficLabels labels) => new(this, labels);
}
