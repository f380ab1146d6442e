using System.Buffers;
using System.Text;
using Konsul.Mesh.Telemetry.Metrics;
using Konsul.Mesh.Telemetry.Prometheus;

namespace Konsul.Mesh.Telemetry.Tests;

/// <summary>A scrape as text.</summary>
internal static class Page
{
    public static string Of(MetricRegistry registry, ExpositionFormat format = ExpositionFormat.Text)
    {
        var output = new ArrayBufferWriter<byte>();
        PrometheusText.Write(registry, output, format);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
