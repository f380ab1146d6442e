using System.Text;
using System.Text.Json;
using Konsul.Mesh.Telemetry.Logging;
using Konsul.Mesh.Telemetry.Metrics;
using Konsul.Mesh.TestKit;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Telemetry.Tests.Logging;

public sealed class LoggingSetupTests : IDisposable
{
    private readonly ManualTimeProvider _time = new(new DateTimeOffset(2031, 2, 3, 4, 5, 6, 789, TimeSpan.Zero));
    private readonly MetricRegistry _registry;
    private readonly MemoryStream _sink = new();

    public LoggingSetupTests() => _registry = new MetricRegistry(_time);

    public void Dispose() => _registry.Dispose();

    [Fact]
    public void Log_Text_IsOneReadableLine()
    {
        var lines = Logged(LogFormat.Text, LogLevel.Information, log =>
        {
            using (log.BeginScope(new Dictionary<string, object?> { ["peer"] = "10.0.0.1", ["note"] = "two words" }))
            {
                log.LogWarning(new InvalidOperationException("it\nbroke"), "Service {Name} is gone", "a\nb\u001b[31m");
            }
        });

        var line = Assert.Single(lines);
        Assert.Equal(
            "2031-02-03T04:05:06.789Z WARN  Streams Service a\\nb\\u001b[31m is gone peer=10.0.0.1 note=\"two words\""
            + " exception=\"InvalidOperationException: it\\nbroke\"",
            line);
    }

    [Fact]
    public void Log_Json_IsOneObject()
    {
        var lines = Logged(LogFormat.Json, LogLevel.Information, log => log.LogInformation("Service {Name} has {Count}", "a\"b\n", 3));

        var json = JsonDocument.Parse(Assert.Single(lines)).RootElement;
        Assert.Equal("2031-02-03T04:05:06.789Z", json.GetProperty("time").GetString());
        Assert.Equal("info", json.GetProperty("level").GetString());
        Assert.Equal("Konsul.Mesh.Discovery.Streams", json.GetProperty("category").GetString());
        Assert.Equal("Service a\"b\n has 3", json.GetProperty("message").GetString());
        Assert.Equal("3", json.GetProperty("fields").GetProperty("Count").GetString());
    }

    [Fact]
    public void Level_Switched_TakesEffectAtOnce()
    {
        var lines = Logged(LogFormat.Text, LogLevel.Information, (log, setup) =>
        {
            log.LogDebug("one");
            setup.Level = LogLevel.Debug;
            log.LogDebug("two");
            setup.Level = LogLevel.None;
            log.LogCritical("three");
        });

        Assert.Contains("two", Assert.Single(lines), StringComparison.Ordinal);
    }

    [Fact]
    public void IsEnabled_LibraryCategory_SpeaksFromWarning()
    {
        using var setup = new LoggingSetup(_sink, LogFormat.Text, LogLevel.Information, _time, _registry);
        var library = setup.Factory.CreateLogger("Microsoft.AspNetCore.Server.Kestrel");

        Assert.False(library.IsEnabled(LogLevel.Information));
        Assert.True(library.IsEnabled(LogLevel.Warning));
    }

    [Fact]
    public void Log_Disabled_AllocatesNothing()
    {
        using var setup = new LoggingSetup(_sink, LogFormat.Text, LogLevel.Warning, _time, _registry);
        var log = setup.Factory.CreateLogger("Konsul.Mesh.Test");
        log.IsEnabled(LogLevel.Debug);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            if (log.IsEnabled(LogLevel.Debug))
            {
                log.LogDebug("never {I}", i);
            }
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Log_StuckSink_DropsAndCountsAndNeverWaits()
    {
        using var sink = new StuckStream();
        var setup = new LoggingSetup(sink, LogFormat.Text, LogLevel.Information, _time, _registry);
        var log = setup.Factory.CreateLogger("Konsul.Mesh.Test");
        log.LogInformation("first");
        sink.Entered.Wait(TestContext.Current.CancellationToken);

        for (var i = 0; i < LogQueue.Capacity + 10; i++)
        {
            log.LogInformation("more");
        }

        Assert.Contains("konsul_log_dropped_total 10\n", Page.Of(_registry), StringComparison.Ordinal);
        sink.Release.Set();
        setup.Dispose();
        Assert.Equal(LogQueue.Capacity + 1, sink.Lines);
    }

    [Fact]
    public void Log_BrokenSink_IsSurvived()
    {
        _sink.Dispose();

        var setup = new LoggingSetup(_sink, LogFormat.Text, LogLevel.Information, _time, _registry);
        setup.Factory.CreateLogger("Konsul.Mesh.Test").LogInformation("lost");
        setup.Dispose();

        Assert.Contains("konsul_log_dropped_total 1\n", Page.Of(_registry), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("info", LogLevel.Information)]
    [InlineData(" WARN ", LogLevel.Warning)]
    [InlineData("off", LogLevel.None)]
    public void TryParse_KnownName_Parses(string text, LogLevel expected)
    {
        Assert.True(LogLevels.TryParse(text, out var level));
        Assert.Equal(expected, level);
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("loud")]
    [InlineData("3")]
    public void TryParse_Unknown_Fails(string? text) => Assert.False(LogLevels.TryParse(text, out _));

    private string[] Logged(LogFormat format, LogLevel level, Action<ILogger> act) => Logged(format, level, (log, _) => act(log));

    private string[] Logged(LogFormat format, LogLevel level, Action<ILogger, LoggingSetup> act)
    {
        var setup = new LoggingSetup(_sink, format, level, _time, _registry);
        act(setup.Factory.CreateLogger("Konsul.Mesh.Discovery.Streams"), setup);
        setup.Dispose();
        return Encoding.UTF8.GetString(_sink.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private sealed class StuckStream : MemoryStream
    {
        public ManualResetEventSlim Entered { get; } = new();

        public ManualResetEventSlim Release { get; } = new();

        public int Lines { get; private set; }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            Entered.Set();
            Release.Wait();
            Lines += buffer.Count((byte)'\n');
        }
    }
}
