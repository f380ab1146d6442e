using System.Collections.Immutable;
using Konsul.Mesh.Telemetry.Metrics;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Telemetry.Logging;

/// <summary>The process's logging: one sink, one level that can be switched while running. Dispose it last, it then writes what is
/// queued.</summary>
public sealed class LoggingSetup : ILoggerProvider
{
    private readonly LogQueue _queue;
    private readonly TimeProvider _time;
    private volatile int _level;
    private ImmutableArray<LogFollower> _followers = [];

    /// <param name="sink">Usually standard error.</param>
    public LoggingSetup(Stream sink, LogFormat format, LogLevel level, TimeProvider time, MetricRegistry metrics)
    {
        Format = format;
        _level = (int)level;
        _time = time;
        _queue = new LogQueue(sink, format, metrics);
        Factory = LoggerFactory.Create(AddTo);
    }

    public ILoggerFactory Factory { get; }

    public LogFormat Format { get; }

    /// <summary>Takes effect at the next event, everywhere.</summary>
    public LogLevel Level
    {
        get => (LogLevel)_level;
        set => _level = (int)value;
    }

    internal LoggerExternalScopeProvider Scopes { get; } = new();

    internal ImmutableArray<LogFollower> Followers => _followers;

    /// <summary>Shows every event from now on to one more reader, also those below <see cref="Level"/>.</summary>
    public LogFollower Follow(LogLevel level, LogFormat format)
    {
        var follower = new LogFollower(this, level, format);
        ImmutableInterlocked.Update(ref _followers, static (list, one) => list.Add(one), follower);
        return follower;
    }

    internal void Leave(LogFollower follower) => ImmutableInterlocked.Update(ref _followers, static (list, one) => list.Remove(one), follower);

    /// <summary>Makes a host log here and nowhere else.</summary>
    public void AddTo(ILoggingBuilder builder)
    {
        builder.ClearProviders();
        builder.SetMinimumLevel(LogLevel.Trace);
        builder.AddProvider(this);
    }

    public ILogger CreateLogger(string categoryName) => new QueueLogger(categoryName, this, _queue, _time);

    public void Dispose() => _queue.Dispose();
}
