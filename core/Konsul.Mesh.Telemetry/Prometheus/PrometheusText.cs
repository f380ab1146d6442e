using System.Buffers;
using Konsul.Mesh.Telemetry.Metrics;

namespace Konsul.Mesh.Telemetry.Prometheus;

/// <summary>The page that Prometheus scrapes.</summary>
public static class PrometheusText
{
    public static void Write(MetricRegistry registry, IBufferWriter<byte> output, ExpositionFormat format)
    {
        var writer = new ExpositionWriter(output, format);
        registry.WriteTo(writer);
        writer.End();
    }
}
