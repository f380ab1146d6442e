using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Etcd.Tests.Fixtures;

/// <summary>What a log has said.</summary>
internal sealed class LogLines : ILogger
{
    private readonly ConcurrentQueue<string> _lines = new();

    public bool Have(string part) => _lines.Any(l => l.Contains(part, StringComparison.Ordinal));

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue(formatter(state, exception));
}
