using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Telemetry.Logging;

internal sealed class QueueLogger(string category, LoggingSetup setup, LogQueue queue, TimeProvider time) : ILogger
{
    /// <summary>Libraries speak up from Warning on only, unless somebody looks for trouble.</summary>
    private readonly bool _foreign = category.StartsWith("Microsoft.", StringComparison.Ordinal)
        || category.StartsWith("System.", StringComparison.Ordinal) || category.StartsWith("Yarp.", StringComparison.Ordinal);

    /// <summary>Says only that starting failed, which the program itself reports in its one line.</summary>
    private readonly bool _host = category == "Microsoft.Extensions.Hosting.Internal.Host";

    public bool IsEnabled(LogLevel logLevel)
    {
        if (IsEnabled(logLevel, setup.Level))
        {
            return true;
        }

        foreach (var follower in setup.Followers)
        {
            if (IsEnabled(logLevel, follower.Level))
            {
                return true;
            }
        }

        return false;
    }

    private bool IsEnabled(LogLevel logLevel, LogLevel level)
    {
        if (level > LogLevel.Debug && _host)
        {
            return false;
        }

        return logLevel != LogLevel.None && logLevel >= (_foreign && level == LogLevel.Information ? LogLevel.Warning : level);
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => setup.Scopes.Push(state);

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
        {
            return;
        }

        var followers = setup.Followers;
        var fields = new List<KeyValuePair<string, string>>();
        if (setup.Format == LogFormat.Json)
        {
            Collect(state, fields);
        }

        setup.Scopes.ForEachScope(static (scope, list) => Collect(scope, list), fields);
        var entry = new LogEvent(
            time.GetUtcNow(), logLevel, category, formatter(state, exception), [.. fields],
            exception is null ? null : setup.Level <= LogLevel.Debug ? exception.ToString() : $"{exception.GetType().Name}: {exception.Message}");
        if (IsEnabled(logLevel, setup.Level))
        {
            queue.Enqueue(entry);
        }

        foreach (var follower in followers)
        {
            if (IsEnabled(logLevel, follower.Level))
            {
                follower.Take(entry);
            }
        }
    }

    private static void Collect<TState>(TState state, List<KeyValuePair<string, string>> fields)
    {
        if (state is IEnumerable<KeyValuePair<string, object?>> pairs)
        {
            foreach (var (name, value) in pairs)
            {
                if (name != "{OriginalFormat}")
                {
                    fields.Add(new(name, Convert.ToString(value, CultureInfo.InvariantCulture) ?? ""));
                }
            }
        }
        else if (state is string text)
        {
            fields.Add(new("scope", text));
        }
    }
}
