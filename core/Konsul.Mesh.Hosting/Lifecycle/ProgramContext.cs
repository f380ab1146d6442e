using Konsul.Mesh.Hosting.Admin;
using Konsul.Mesh.Hosting.Options;
using Konsul.Mesh.Telemetry.Families;
using Konsul.Mesh.Telemetry.Logging;
using Konsul.Mesh.Telemetry.Metrics;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Hosting.Lifecycle;

/// <summary>What a program of the mesh starts with: checked options, logging, metrics, readiness, drain. One per process.</summary>
public sealed class ProgramContext : IDisposable
{
    private readonly OptionSchema _schema;
    private readonly ILogger _log;

    internal ProgramContext(OptionSchema schema, ProcessEnvironment environment, OptionValues values, TimeProvider time)
    {
        _schema = schema;
        Environment = environment;
        Values = values;
        Time = time;
        Metrics = new MetricRegistry(time, new MetricRegistryOptions { Version = schema.Version });
        Metrics.IncludeMeters("System.Runtime");
        Mesh = new MeshMetrics(Metrics);
        var format = values.Text(CommonOptions.LogFormat) == "json" ? LogFormat.Json : LogFormat.Text;
        Logging = new LoggingSetup(environment.Error, format, LevelOf(values), time, Metrics);
        Ports = new PortsFile(values.TextOrNull(CommonOptions.PortsFile));
        Drain = new Drain(time);
        _log = Logging.Factory.CreateLogger("Konsul.Mesh.Program");
    }

    public OptionValues Values { get; }

    public ProcessEnvironment Environment { get; }

    public TimeProvider Time { get; }

    public MetricRegistry Metrics { get; }

    public MeshMetrics Mesh { get; }

    public LoggingSetup Logging { get; }

    public PortsFile Ports { get; }

    public Drain Drain { get; }

    public Readiness Readiness { get; } = new();

    /// <summary>From now on SIGTERM and SIGINT drain within <paramref name="drainTimeout"/>, a second one forces, SIGHUP reloads.</summary>
    /// <param name="reload">Gets the new options; not called when they are wrong. May throw <see cref="StartupException"/> to refuse
    /// them.</param>
    public SignalWatcher WatchSignals(TimeSpan drainTimeout, Action<OptionValues>? reload = null) => new(
        drain: () =>
        {
            _log.LogInformation("Asked to stop; draining for {Timeout} at most.", drainTimeout);
            _ = Drain.StartAsync(drainTimeout);
        },
        force: Drain.Force,
        reload: () => Reload(reload));

    /// <summary>Completes when a drain begins.</summary>
    public Task WhenDrainingAsync()
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Drain.Draining.Register(() => begun.TrySetResult());
        return begun.Task;
    }

    /// <summary>Reads the options again. Wrong ones are logged and refused, and what runs stays as it is.</summary>
    public void Reload(Action<OptionValues>? apply)
    {
        try
        {
            if (_schema.Parse(Environment).Values is { } values)
            {
                apply?.Invoke(values);
                Logging.Level = LevelOf(values);
                _log.LogInformation("Configuration read again.");
            }
        }
        catch (StartupException e)
        {
            _log.LogError("The new configuration is refused, the old one is kept: {Reason}", e.Message);
        }
    }

    public void Dispose()
    {
        Drain.Dispose();
        Logging.Dispose();
        Metrics.Dispose();
    }

    internal void LogStart()
    {
        _log.LogInformation("{Program} {Version} starts.", _schema.Program, _schema.Version);
        foreach (var (name, value) in Values.Describe())
        {
            _log.LogDebug("Option {Name} = {Value}", name, value);
        }

        foreach (var warning in Values.Warnings)
        {
            _log.LogWarning("{Warning}", warning);
        }
    }

    private static LogLevel LevelOf(OptionValues values) =>
        LogLevels.TryParse(values.Text(CommonOptions.LogLevel), out var level) ? level : LogLevel.Information;
}
