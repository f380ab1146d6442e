using System.Globalization;
using System.Text.Json;
using Konsul.Mesh.Telemetry.Metrics;

namespace Konsul.Mesh.Server.Shapes;

/// <summary>The metrics as Consul's clients read them as JSON. Ours count since the start, not per interval, so a counter is one value that is its own sum
/// and mean.</summary>
internal static class MetricsShape
{
    public static void Write(Utf8JsonWriter w, IReadOnlyList<MetricReading> readings, DateTimeOffset now)
    {
        w.WriteStartObject();
        w.WriteString("Timestamp", now.ToString("yyyy-MM-dd HH:mm:ss '+0000 UTC'", CultureInfo.InvariantCulture));
        w.WritePropertyName("Gauges");
        w.WriteList(readings.Where(r => r.Kind == MetricKind.Gauge), WriteGauge);
        w.WriteStartArray("Points");
        w.WriteEndArray();
        w.WritePropertyName("Counters");
        w.WriteList(readings.Where(r => r.Kind == MetricKind.Counter), WriteSampled);
        w.WritePropertyName("Samples");
        w.WriteList(readings.Where(r => r.Kind == MetricKind.Histogram), WriteSampled);
        w.WriteEndObject();
    }

    private static void WriteGauge(Utf8JsonWriter w, MetricReading reading)
    {
        w.WriteStartObject();
        w.WriteString("Name", reading.Name);
        w.WriteNumber("Value", Finite(reading.Value));
        WriteLabels(w, reading);
        w.WriteEndObject();
    }

    private static void WriteSampled(Utf8JsonWriter w, MetricReading reading)
    {
        var mean = reading.Count > 0 ? Finite(reading.Value) / reading.Count : 0;
        w.WriteStartObject();
        w.WriteString("Name", reading.Name);
        w.WriteNumber("Count", reading.Count);
        w.WriteNumber("Rate", 0);
        w.WriteNumber("Sum", Finite(reading.Value));
        w.WriteNumber("Min", mean);
        w.WriteNumber("Max", mean);
        w.WriteNumber("Mean", mean);
        w.WriteNumber("Stddev", 0);
        WriteLabels(w, reading);
        w.WriteEndObject();
    }

    private static void WriteLabels(Utf8JsonWriter w, MetricReading reading)
    {
        w.WriteStartObject("Labels");
        foreach (var (name, value) in reading.Labels)
            w.WriteString(name, value);
        w.WriteEndObject();
    }

    /// <summary>JSON has no other numbers.</summary>
    private static double Finite(double value) => double.IsFinite(value) ? value : 0;
}
