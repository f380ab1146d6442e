using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Telemetry.Logging;

/// <summary>The level names that options and the admin endpoint take.</summary>
public static class LogLevels
{
    public static IReadOnlyList<string> Names { get; } = ["trace", "debug", "info", "warn", "error", "off"];

    public static bool TryParse(string? text, out LogLevel level)
    {
        LogLevel? parsed = text?.Trim().ToLowerInvariant() switch
        {
            "trace" => LogLevel.Trace,
            "debug" => LogLevel.Debug,
            "info" or "information" => LogLevel.Information,
            "warn" or "warning" => LogLevel.Warning,
            "error" or "err" => LogLevel.Error,
            "off" or "none" => LogLevel.None,
            _ => null,
        };
        level = parsed ?? LogLevel.Information;
        return parsed is not null;
    }

    public static string NameOf(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        LogLevel.None => "off",
        _ => "error",
    };
}
