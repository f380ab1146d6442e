using System.Globalization;
using Konsul.Mesh.Telemetry.Families;
using Konsul.Mesh.Telemetry.Metrics;

namespace Konsul.Mesh.Server.Http;

/// <summary>Requests of the HTTP API by route, method and status. Route is the pattern, never the path, so the number of series is bounded.</summary>
internal sealed class HttpApiMetrics
{
    private readonly CounterFamily _requests;
    private readonly HistogramFamily _duration;
    private readonly GaugeSeries _blocking;

    public HttpApiMetrics(MetricRegistry registry)
    {
        _requests = registry.Counter("konsul.http.requests", "{request}", "Requests answered by the HTTP API.", "route", "method", "status");
        _duration = registry.Histogram(
            "konsul.http.request.duration", "s", "Time to answer a request that did not wait for a change.", Buckets.ShortDurations, "route");
        _blocking = registry.Gauge("konsul.http.blocking", "{request}", "Blocking queries that wait for a change.").With();
    }

    /// <param name="took">Null for a query that waited: its length says nothing about the server.</param>
    public void Record(string route, string method, int status, TimeSpan? took)
    {
        _requests.With(route, HttpMethodLabel.Of(method), status.ToString(CultureInfo.InvariantCulture)).Increment();
        if (took is { } duration)
            _duration.With(route).Record(duration);
    }

    public void WaitStarted() => _blocking.Add(1);

    public void WaitEnded() => _blocking.Add(-1);
}
