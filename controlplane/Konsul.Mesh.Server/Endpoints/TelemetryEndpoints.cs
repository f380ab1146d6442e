using System.Text.Json;
using Konsul.Mesh.Hosting.Admin;
using Konsul.Mesh.Server.Http;
using Konsul.Mesh.Server.Json;
using Konsul.Mesh.Server.Shapes;
using Konsul.Mesh.Telemetry.Logging;
using Konsul.Mesh.Telemetry.Metrics;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Server.Endpoints;

/// <summary><c>/v1/agent/metrics</c>, as JSON or for Prometheus, once or as a stream, and <c>/v1/agent/monitor</c>, the log as it is written.</summary>
internal sealed class TelemetryEndpoints(MetricRegistry registry, LoggingSetup logging, TimeProvider time, CancellationToken draining) : IEndpoints
{
    /// <summary>As often as Consul's intervals end.</summary>
    private static readonly TimeSpan StreamEvery = TimeSpan.FromSeconds(10);

    private readonly MetricsHandler _prometheus = new(registry);

    public IEnumerable<ApiRoute> Routes =>
    [
        new ApiRoute("/v1/agent/metrics") { Access = Access.Open }.Get(MetricsAsync),
        new ApiRoute("/v1/agent/metrics/stream") { Resource = "agent" }.Get(StreamAsync),
        new ApiRoute("/v1/agent/monitor") { Resource = "agent" }.Get(MonitorAsync),
    ];

    private Task MetricsAsync(ApiContext context) => WantsPrometheus(context)
        ? _prometheus.HandleAsync(context.Http)
        : context.JsonAsync(w => MetricsShape.Write(w, MetricReadings.Of(registry), time.GetUtcNow()));

    /// <summary>Prometheus says what it takes; a browser, which takes anything, gets JSON as everywhere.</summary>
    private static bool WantsPrometheus(ApiContext context)
    {
        var accept = context.Http.Request.Headers.Accept.ToString();
        return context.Query.Value("format") == "prometheus" || accept.Contains("application/openmetrics-text", StringComparison.OrdinalIgnoreCase)
            || accept.Contains("version=0.0.4", StringComparison.OrdinalIgnoreCase);
    }

    private async Task StreamAsync(ApiContext context)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.Aborted, draining);
        context.Http.Response.ContentType = "application/json";
        await UntilStoppedAsync(async () =>
        {
            while (true)
            {
                await using (var writer = new Utf8JsonWriter(context.Http.Response.BodyWriter, JsonOutput.Compact))
                    MetricsShape.Write(writer, MetricReadings.Of(registry), time.GetUtcNow());
                await context.Http.Response.BodyWriter.WriteAsync("\n"u8.ToArray(), stop.Token).ConfigureAwait(false);
                await Task.Delay(StreamEvery, time, stop.Token).ConfigureAwait(false);
            }
        }, stop.Token).ConfigureAwait(false);
    }

    private async Task MonitorAsync(ApiContext context)
    {
        var word = context.Query.Value("loglevel");
        var level = LogLevel.Information;
        if (word.Length > 0 && !LogLevels.TryParse(word, out level))
            throw ApiException.BadRequest($"Unknown log level: {JsonValues.Shown(word)}");
        using var follower = logging.Follow(level, context.Query.Has("logjson") ? LogFormat.Json : LogFormat.Text);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.Aborted, draining);
        context.Http.Response.ContentType = "text/plain; charset=utf-8";

        // The head goes at once: who follows a quiet log wants to know that it is followed.
        await context.Http.Response.Body.FlushAsync(stop.Token).ConfigureAwait(false);
        await UntilStoppedAsync(async () =>
        {
            await foreach (var line in follower.Lines.ReadAllAsync(stop.Token).ConfigureAwait(false))
                await context.Http.Response.BodyWriter.WriteAsync(line, stop.Token).ConfigureAwait(false);
        }, stop.Token).ConfigureAwait(false);
    }

    private static async Task UntilStoppedAsync(Func<Task> write, CancellationToken stop)
    {
        try
        {
            await write().ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The reader has gone, or the server drains: the answer ends here.
        }
    }
}
