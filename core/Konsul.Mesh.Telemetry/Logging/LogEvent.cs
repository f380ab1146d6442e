using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Telemetry.Logging;

/// <summary>One line to be, complete: nothing in it is read from live objects later.</summary>
internal readonly record struct LogEvent(
    DateTimeOffset Time, LogLevel Level, string Category, string Message, KeyValuePair<string, string>[] Fields, string? Exception);
