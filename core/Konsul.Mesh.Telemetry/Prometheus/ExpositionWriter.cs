using System.Buffers;
using System.Globalization;
using System.Text;
using Konsul.Mesh.Telemetry.Metrics;

namespace Konsul.Mesh.Telemetry.Prometheus;

/// <summary>Writes samples as UTF-8. HELP, TYPE and UNIT come before the first sample of a family; a family without samples leaves no
/// trace.</summary>
internal sealed class ExpositionWriter(IBufferWriter<byte> output, ExpositionFormat format) : IExposition
{
    private MetricDescriptor? _current;

    private bool OpenMetrics => format == ExpositionFormat.OpenMetrics;

    public void Counter(MetricDescriptor family, ReadOnlySpan<string> labels, double value)
    {
        Head(family);
        Sample(family, "_total", labels, null, value);
    }

    public void Gauge(MetricDescriptor family, ReadOnlySpan<string> labels, double value)
    {
        Head(family);
        Sample(family, "", labels, null, value);
    }

    /// <param name="counts">Per bucket, not cumulative, +Inf last.</param>
    public void Histogram(MetricDescriptor family, ReadOnlySpan<string> labels, double[] bounds, long[] counts, double sum)
    {
        Head(family);
        var total = 0L;
        for (var i = 0; i < counts.Length; i++)
        {
            total += counts[i];
            Sample(family, "_bucket", labels, i < bounds.Length ? Bound(bounds[i]) : "+Inf", total);
        }

        Sample(family, "_sum", labels, null, sum);
        Sample(family, "_count", labels, null, total);
    }

    public void End()
    {
        if (OpenMetrics)
        {
            Raw("# EOF\n");
        }
    }

    private void Head(MetricDescriptor family)
    {
        if (ReferenceEquals(_current, family))
        {
            return;
        }

        _current = family;
        var name = family.ExposedName + (family.Kind == MetricKind.Counter && !OpenMetrics ? "_total" : "");
        var type = family.Kind switch { MetricKind.Counter => "counter", MetricKind.Gauge => "gauge", _ => "histogram" };
        Raw($"# HELP {name} {EscapedHelp(family.Help)}\n# TYPE {name} {type}\n");
        if (OpenMetrics && family.ExposedUnit.Length > 0 && family.ExposedName.EndsWith("_" + family.ExposedUnit, StringComparison.Ordinal))
        {
            Raw($"# UNIT {name} {family.ExposedUnit}\n");
        }
    }

    private void Sample(MetricDescriptor family, string suffix, ReadOnlySpan<string> labels, string? bound, double value)
    {
        Raw(family.ExposedName);
        Raw(suffix);
        if (labels.Length > 0 || bound is not null)
        {
            var separator = "{";
            for (var i = 0; i < labels.Length; i++)
            {
                Raw(separator);
                Raw(family.LabelNames[i]);
                Raw("=\"");
                Raw(EscapedLabel(labels[i]));
                Raw("\"");
                separator = ",";
            }

            if (bound is not null)
            {
                Raw(separator);
                Raw("le=\"");
                Raw(bound);
                Raw("\"");
            }

            Raw("}");
        }

        Raw(" ");
        Number(value);
        Raw("\n");
    }

    // OpenMetrics wants canonical floats in "le": 1.0, not 1.
    private string Bound(double bound)
    {
        var text = Text(bound);
        return OpenMetrics && text.AsSpan().IndexOfAny('.', 'e', 'E') < 0 ? text + ".0" : text;
    }

    private void Number(double value)
    {
        if (double.IsInteger(value) && Math.Abs(value) < 1L << 53)
        {
            ((long)value).TryFormat(output.GetSpan(24), out var written, default, CultureInfo.InvariantCulture);
            output.Advance(written);
            return;
        }

        Raw(Text(value));
    }

    private static string Text(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        double.NaN => "NaN",
        _ => value.ToString("R", CultureInfo.InvariantCulture).Replace("E", "e", StringComparison.Ordinal),
    };

    private string EscapedHelp(string help)
    {
        var text = help.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        return OpenMetrics ? text.Replace("\"", "\\\"", StringComparison.Ordinal) : text;
    }

    private static string EscapedLabel(string value) => value.AsSpan().IndexOfAny('\\', '"', '\n') < 0
        ? value
        : value.Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal);

    private void Raw(string text)
    {
        var span = output.GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length));
        output.Advance(Encoding.UTF8.GetBytes(text, span));
    }
}
