using Microsoft.Net.Http.Headers;

namespace Konsul.Mesh.Telemetry.Prometheus;

public static class ExpositionFormats
{
    /// <summary>OpenMetrics if the client prefers it at least as much as plain text; anything unreadable means text.</summary>
    public static ExpositionFormat Negotiate(string? accept)
    {
        // A scraper's header is short; a long one is not worth parsing.
        if (string.IsNullOrEmpty(accept) || accept.Length > 2048 || !MediaTypeHeaderValue.TryParseList([accept], out var types))
        {
            return ExpositionFormat.Text;
        }

        var (open, text) = (0.0, 0.0);
        foreach (var type in types)
        {
            if (type.MediaType.Equals("application/openmetrics-text", StringComparison.OrdinalIgnoreCase) && VersionIsKnown(type))
            {
                open = Math.Max(open, type.Quality ?? 1);
            }
            else if (type.MediaType.Equals("text/plain", StringComparison.OrdinalIgnoreCase))
            {
                text = Math.Max(text, type.Quality ?? 1);
            }
        }

        return open > 0 && open >= text ? ExpositionFormat.OpenMetrics : ExpositionFormat.Text;
    }

    public static string ContentType(this ExpositionFormat format) => format == ExpositionFormat.OpenMetrics
        ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
        : "text/plain; version=0.0.4; charset=utf-8";

    private static bool VersionIsKnown(MediaTypeHeaderValue type)
    {
        foreach (var parameter in type.Parameters)
        {
            if (parameter.Name.Equals("version", StringComparison.OrdinalIgnoreCase))
            {
                return parameter.Value.AsSpan().Trim('"') is "1.0.0" or "0.0.1";
            }
        }

        return true;
    }
}
