using Konsul.Mesh.Telemetry.Metrics;

namespace Konsul.Mesh.Telemetry.Families;

/// <summary>The DNS server: <c>konsul_dns_*</c>.</summary>
public sealed class DnsMetrics
{
    private readonly CounterFamily _queries;
    private readonly CounterFamily _dropped;
    private readonly CounterFamily _asked;
    private readonly CounterFamily _cache;

    internal DnsMetrics(MetricRegistry registry)
    {
        _queries = registry.Counter("konsul.dns.queries", "{query}", "Queries that were answered.", "type", "rcode");
        Duration = registry.Histogram(
            "konsul.dns.query.duration", "s", "Time to answer a query from the state or the cache.", Buckets.ShortDurations).With();
        _dropped = registry.Counter("konsul.dns.dropped", "{query}", "Packets that were not answered.", "reason");
        Connections = registry.Gauge("konsul.dns.connections", "{connection}", "TCP connections that are open.").With();
        _asked = registry.Counter("konsul.dns.recursor.queries", "{query}", "Queries sent to recursors.", "recursor", "outcome");
        RecursorDuration = registry.Histogram("konsul.dns.recursor.duration", "s", "Time that recursors took to answer.").With();
        _cache = registry.Counter("konsul.dns.recursor.cache", "{query}", "Queries for other servers' names, by whether the answer was kept.", "result");
    }

    public HistogramSeries Duration { get; }

    public GaugeSeries Connections { get; }

    public HistogramSeries RecursorDuration { get; }

    /// <param name="type">Of a fixed set: the common types, or <c>other</c>.</param>
    /// <param name="code">The response code's mnemonic.</param>
    public CounterSeries Queries(string type, string code) => _queries.With(type, code);

    /// <param name="reason">A short word of a fixed set.</param>
    public CounterSeries Dropped(string reason) => _dropped.With(reason);

    /// <param name="recursor">Its address.</param>
    /// <param name="outcome"><c>answered</c>, <c>refused</c> or <c>silent</c>.</param>
    public CounterSeries Asked(string recursor, string outcome) => _asked.With(recursor, outcome);

    /// <param name="result"><c>hit</c> or <c>miss</c>.</param>
    public CounterSeries Cache(string result) => _cache.With(result);
}
