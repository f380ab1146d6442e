using System.Text;
using Konsul.Mesh.Telemetry.Metrics;

namespace Konsul.Mesh.Telemetry.Prometheus;

/// <summary>OpenTelemetry names to Prometheus names, by OpenTelemetry's "Prometheus and OpenMetrics compatibility" rules.</summary>
internal static class PrometheusName
{
    public static string Of(string name, string unit, MetricKind kind)
    {
        var exposed = Sanitized(name);
        if (kind == MetricKind.Counter && exposed.EndsWith("_total", StringComparison.Ordinal))
        {
            exposed = exposed[..^"_total".Length];
        }

        if (UnitOf(unit, kind) is { Length: > 0 } suffix && !exposed.EndsWith("_" + suffix, StringComparison.Ordinal))
        {
            exposed += "_" + suffix;
        }

        // On a gauge these suffixes would read as parts of a histogram; promtool refuses them.
        return kind == MetricKind.Gauge && exposed.EndsWith("_count", StringComparison.Ordinal) ? exposed[..^"count".Length] + "current" : exposed;
    }

    public static string UnitOf(string unit, MetricKind kind) => unit switch
    {
        "" => "",
        _ when unit[0] == '{' => "",
        "1" => kind == MetricKind.Gauge ? "ratio" : "",
        "s" => "seconds",
        "ms" => "milliseconds",
        "us" => "microseconds",
        "ns" => "nanoseconds",
        "min" => "minutes",
        "h" => "hours",
        "d" => "days",
        "By" => "bytes",
        "KiBy" => "kibibytes",
        "MiBy" => "mebibytes",
        "%" => "percent",
        _ => Sanitized(unit),
    };

    public static string Sanitized(string name)
    {
        var text = new StringBuilder(name.Length);
        foreach (var c in name)
        {
            if (char.IsAsciiLetterOrDigit(c))
            {
                text.Append(c);
            }
            else if (text.Length > 0 && text[^1] != '_')
            {
                text.Append('_');
            }
        }

        return text.Length > 0 && char.IsAsciiDigit(text[0]) ? "_" + text : text.ToString().TrimEnd('_');
    }

    /// <summary>Mistakes of the programmer, found at registration.</summary>
    public static void Check(MetricDescriptor descriptor)
    {
        if (descriptor.ExposedName.Length == 0 || descriptor.Help.Length == 0)
        {
            throw new ArgumentException($"The metric \"{descriptor.Name}\" needs a name and a help text.", nameof(descriptor));
        }

        foreach (var label in descriptor.LabelNames)
        {
            if (label.Length == 0 || label != Sanitized(label) || label is "le" or "quantile")
            {
                throw new ArgumentException($"\"{label}\" cannot be a label of {descriptor.Name}.", nameof(descriptor));
            }
        }
    }
}
