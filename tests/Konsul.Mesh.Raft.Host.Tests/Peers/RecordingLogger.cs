using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Raft.Host.Tests.Peers;

internal sealed class RecordingLogger : ILogger
{
    public ConcurrentQueue<(LogLevel Level, string Text)> Lines { get; } = new();

    public int Count(LogLevel level, string part) => Lines.Count(l => l.Level == level && l.Text.Contains(part, StringComparison.Ordinal));

    public override string ToString() => string.Join("; ", Lines.TakeLast(20).Select(l => $"{l.Level} {l.Text}"));

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Lines.Enqueue((logLevel, formatter(state, exception) + (exception is null ? "" : " " + exception)));
}
