using System.Collections.Concurrent;
using System.Globalization;
using Konsul.Mesh.Telemetry.Metrics;

namespace Konsul.Mesh.Telemetry.Families;

/// <summary>Counts the requests between two services. Any thread; no allocation once an outcome was seen.</summary>
public sealed class RequestRecorder
{
    private readonly RequestMetrics _metrics;
    private readonly TrafficLabels _labels;
    private readonly HistogramSeries _requestSize;
    private readonly HistogramSeries _responseSize;

    // Keyed by status, gRPC status and flag packed together: a few entries in practice, bounded by the ranges below.
    private readonly ConcurrentDictionary<int, (CounterSeries Requests, HistogramSeries Duration)> _outcomes = new();

    internal RequestRecorder(RequestMetrics metrics, TrafficLabels labels)
    {
        _metrics = metrics;
        _labels = labels;
        _requestSize = metrics.RequestSize.With(labels.ReporterText, labels.SourceService, labels.DestinationService);
        _responseSize = metrics.ResponseSize.With(labels.ReporterText, labels.SourceService, labels.DestinationService);
    }

    /// <param name="status">HTTP status; 0 when no response was sent. Outside 100-599 it counts as 0.</param>
    /// <param name="grpcStatus">gRPC status, null when the request was not gRPC; unknown codes count as 2 (UNKNOWN).</param>
    public void Record(
        int status, ResponseFlag flag, TimeSpan duration, long requestBytes, long responseBytes, int? grpcStatus = null)
    {
        var http = status is >= 100 and <= 599 ? status : 0;
        var grpc = grpcStatus is { } code ? (code is >= 0 and <= 16 ? code : 2) : -1;
        var key = http | ((grpc + 1) << 10) | ((int)flag << 16);
        if (!_outcomes.TryGetValue(key, out var outcome))
        {
            outcome = _outcomes.GetOrAdd(key, Resolve(http, flag, grpc));
        }

        outcome.Requests.Add(1);
        outcome.Duration.Record(duration.TotalSeconds);
        _requestSize.Record(requestBytes);
        _responseSize.Record(responseBytes);
    }

    private (CounterSeries Requests, HistogramSeries Duration) Resolve(int http, ResponseFlag flag, int grpc)
    {
        string[] values =
        [
            _labels.ReporterText, _labels.SourceService, _labels.SourceNamespace, _labels.SourcePrincipal,
            _labels.DestinationService, _labels.DestinationNamespace, _labels.Protocol,
            http == 0 ? "" : http.ToString(CultureInfo.InvariantCulture),
            grpc < 0 ? "" : grpc.ToString(CultureInfo.InvariantCulture),
            flag == ResponseFlag.None ? "-" : flag.ToString(),
            _labels.SecurityText,
        ];
        return (_metrics.Requests.With(values), _metrics.Duration.With(values));
    }
}
