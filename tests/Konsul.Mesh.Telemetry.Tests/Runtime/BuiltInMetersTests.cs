using System.Diagnostics.Metrics;
using Konsul.Mesh.Telemetry.Metrics;
using Konsul.Mesh.TestKit;

namespace Konsul.Mesh.Telemetry.Tests.Runtime;

public sealed class BuiltInMetersTests : IDisposable
{
    private readonly MetricRegistry _registry = new(new ManualTimeProvider());
    private readonly Meter _meter = new("Test.Library." + Guid.NewGuid());

    public void Dispose()
    {
        _meter.Dispose();
        _registry.Dispose();
    }

    [Fact]
    public void IncludeMeters_AllowedMeter_IsOnThePage()
    {
        _registry.IncludeMeters(_meter.Name);
        var counter = _meter.CreateCounter<int>("lib.calls", "{call}", "Calls.");
        var active = _meter.CreateUpDownCounter<long>("lib.active", "{call}", "Active.");
        var time = _meter.CreateHistogram("lib.time", "s", "Time.", tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [1.0] });
        _meter.CreateObservableGauge("lib.fill", () => 0.5, "1", "Fill.");

        counter.Add(2, new KeyValuePair<string, object?>("error.type", "A"));
        counter.Add(1);
        active.Add(5);
        active.Add(-2);
        time.Record(0.5);
        var page = Page.Of(_registry);

        Assert.Contains("lib_calls_total{error_type=\"A\"} 2\n", page, StringComparison.Ordinal);
        Assert.Contains("lib_calls_total{error_type=\"\"} 1\n", page, StringComparison.Ordinal);
        Assert.Contains("lib_active 3\n", page, StringComparison.Ordinal);
        Assert.Contains("lib_fill_ratio 0.5\n", page, StringComparison.Ordinal);
        Assert.Contains("lib_time_seconds_bucket{le=\"1\"} 1\n", page, StringComparison.Ordinal);
    }

    [Fact]
    public void IncludeMeters_OneAfterAnother_AllStayWithWhatTheyCounted()
    {
        _registry.IncludeMeters(_meter.Name);
        _meter.CreateCounter<int>("lib.calls", "{call}", "Calls.").Add(2);
        using var other = new Meter("Test.Library." + Guid.NewGuid());
        _registry.IncludeMeters(other.Name);
        other.CreateCounter<int>("other.calls", "{call}", "Calls.").Add(3);
        _registry.IncludeMeters(_meter.Name, other.Name);

        var page = Page.Of(_registry);

        Assert.Contains("lib_calls_total 2\n", page, StringComparison.Ordinal);
        Assert.Contains("other_calls_total 3\n", page, StringComparison.Ordinal);
    }

    [Fact]
    public void IncludeMeters_OtherMeter_IsNotListenedTo()
    {
        var counter = _meter.CreateCounter<int>("lib.calls");

        _registry.IncludeMeters("System.Runtime");

        Assert.False(counter.Enabled);
        Assert.DoesNotContain("lib_calls", Page.Of(_registry), StringComparison.Ordinal);
    }
}
