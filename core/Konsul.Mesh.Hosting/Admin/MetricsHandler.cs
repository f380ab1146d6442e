using System.Buffers;
using Konsul.Mesh.Telemetry.Metrics;
using Konsul.Mesh.Telemetry.Prometheus;
using Microsoft.AspNetCore.Http;

namespace Konsul.Mesh.Hosting.Admin;

/// <summary>Answers a scrape; for the admin endpoint and for servers that expose <c>/metrics</c> on a port of their own.</summary>
public sealed class MetricsHandler(MetricRegistry registry)
{
    public async Task HandleAsync(HttpContext context)
    {
        var format = ExpositionFormats.Negotiate(context.Request.Headers.Accept.ToString());
        var page = new ArrayBufferWriter<byte>(16 * 1024);
        PrometheusText.Write(registry, page, format);
        context.Response.ContentType = format.ContentType();
        context.Response.ContentLength = page.WrittenCount;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await context.Response.Body.WriteAsync(page.WrittenMemory, context.RequestAborted).ConfigureAwait(false);
        }
    }
}
