using System.Diagnostics.Metrics;
using Konsul.Mesh.Telemetry.Metrics;
using Konsul.Mesh.TestKit;

namespace Konsul.Mesh.Telemetry.Tests.Metrics;

public sealed class MetricRegistryTests : IDisposable
{
    private readonly ManualTimeProvider _time = new();
    private readonly MetricRegistry _registry;

    public MetricRegistryTests() =>
        _registry = new MetricRegistry(_time, new MetricRegistryOptions { MaxSeries = 3, IdleAfter = TimeSpan.FromMinutes(15) });

    public void Dispose() => _registry.Dispose();

    [Fact]
    public async Task Add_ManyThreads_LosesNothing()
    {
        var counter = _registry.Counter("t.hits", "{hit}", "Hits.").With();
        var histogram = _registry.Histogram("t.time", "s", "Time.", [1, 2]).With();
        var gauge = _registry.Gauge("t.active", "{thing}", "Active.").With();

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 20_000; i++)
            {
                counter.Add(2);
                histogram.Record(1.5);
                gauge.Add(i % 2 == 0 ? 1 : -1);
            }
        })));

        Assert.Equal(320_000, counter.Value);
        Assert.Equal([0, 160_000, 0], histogram.Buckets());
        Assert.Equal(240_000, histogram.Sum, 3);
        Assert.Equal(0, gauge.Value);
    }

    [Fact]
    public void Write_ResolvedSeries_AllocatesNothing()
    {
        var counters = _registry.Counter("t.hits", "{hit}", "Hits.", "a", "b");
        var counter = counters.With("x", "y");
        var histogram = _registry.Histogram("t.time", "s", "Time.").With();
        var gauge = _registry.Gauge("t.active", "{thing}", "Active.").With();
        gauge.Add(1);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            counter.Add(1);
            histogram.Record(0.3);
            gauge.Add(1);
            counters.With("x", "y").Add(1);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(2000, counter.Value);
    }

    [Fact]
    public void With_SameLabels_ReturnsSameSeries()
    {
        var family = _registry.Counter("t.hits", "{hit}", "Hits.", "a");

        Assert.Same(family.With("x"), family.With("x"));
        Assert.NotSame(family.With("x"), family.With("y"));
    }

    [Fact]
    public void With_WrongNumberOfLabels_Throws() =>
        Assert.Throws<ArgumentException>(() => _registry.Counter("t.hits", "{hit}", "Hits.", "a").With("x", "y"));

    [Fact]
    public void With_FullFamily_DropsCountsAndStaysBounded()
    {
        var family = _registry.Counter("t.hits", "{hit}", "Hits.", "a");
        for (var i = 0; i < 10; i++)
        {
            family.With($"v{i}").Increment();
        }

        var page = Page.Of(_registry);

        Assert.Equal(3, family.Count);
        Assert.Contains("konsul_metrics_series_dropped_total{metric=\"t.hits\"} 7\n", page, StringComparison.Ordinal);
        Assert.DoesNotContain("v5", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Sweep_IdleSeries_LeavesThePageAndComesBackWithItsCount()
    {
        var family = _registry.Counter("t.hits", "{hit}", "Hits.", "a");
        var series = family.With("x");
        series.Add(5);
        Page.Of(_registry);

        _time.Advance(TimeSpan.FromMinutes(16));
        var idle = Page.Of(_registry);
        series.Add(1);
        var again = Page.Of(_registry);

        Assert.DoesNotContain("t_hits_total{", idle, StringComparison.Ordinal);
        Assert.Contains("t_hits_total{a=\"x\"} 6\n", again, StringComparison.Ordinal);
    }

    [Fact]
    public void With_RetiredSeriesStillHeld_ReturnsTheSameObject()
    {
        var family = _registry.Counter("t.hits", "{hit}", "Hits.", "a");
        var series = family.With("x");
        series.Add(5);
        Page.Of(_registry);
        _time.Advance(TimeSpan.FromMinutes(16));
        Page.Of(_registry);

        var resolved = family.With("x");

        Assert.Same(series, resolved);
        Assert.Equal(1, family.Count);
    }

    [Fact]
    public void Sweep_TouchedSeries_Stays()
    {
        var family = _registry.Counter("t.hits", "{hit}", "Hits.", "a");
        var series = family.With("x");
        for (var i = 0; i < 5; i++)
        {
            series.Add(1);
            Page.Of(_registry);
            _time.Advance(TimeSpan.FromMinutes(10));
        }

        Assert.Contains("t_hits_total{a=\"x\"} 5\n", Page.Of(_registry), StringComparison.Ordinal);
    }

    [Fact]
    public void With_FullFamilyAfterIdleness_MakesRoom()
    {
        var family = _registry.Counter("t.hits", "{hit}", "Hits.", "a");
        family.With("a").Add(1);
        family.With("b").Add(1);
        family.With("c").Add(1);
        Page.Of(_registry);
        _time.Advance(TimeSpan.FromMinutes(20));

        family.With("d").Add(1);

        Assert.Contains("t_hits_total{a=\"d\"} 1\n", Page.Of(_registry), StringComparison.Ordinal);
    }

    [Fact]
    public void Sweep_Gauge_Stays()
    {
        _registry.Gauge("t.state", "", "State.", "a").With("x").Set(7);
        Page.Of(_registry);
        _time.Advance(TimeSpan.FromHours(5));

        Assert.Contains("t_state{a=\"x\"} 7\n", Page.Of(_registry), StringComparison.Ordinal);
    }

    [Fact]
    public void Remove_Series_LeavesThePage()
    {
        var family = _registry.Gauge("t.state", "", "State.", "a");
        family.With("x").Set(7);

        var removed = family.Remove("x");

        Assert.True(removed);
        Assert.False(family.Remove("x"));
        Assert.DoesNotContain("t_state", Page.Of(_registry), StringComparison.Ordinal);
    }

    [Fact]
    public void Counter_SameNameOtherShape_Throws()
    {
        _registry.Counter("t.hits", "{hit}", "Hits.", "a");

        Assert.Throws<InvalidOperationException>(() => _registry.Counter("t.hits", "{hit}", "Hits.", "b"));
        Assert.Throws<InvalidOperationException>(() => _registry.Counter("t_hits", "{hit}", "Hits.", "a"));
        Assert.Same(_registry.Counter("t.hits", "{hit}", "Hits.", "a"), _registry.Counter("t.hits", "{hit}", "Hits.", "a"));
    }

    [Theory]
    [InlineData("le")]
    [InlineData("bad name")]
    [InlineData("")]
    public void Counter_BadLabelName_Throws(string label) =>
        Assert.Throws<ArgumentException>(() => _registry.Counter("t.hits", "{hit}", "Hits.", label));

    [Fact]
    public void Add_NegativeToCounter_IsIgnored()
    {
        var counter = _registry.Counter("t.hits", "{hit}", "Hits.").With();
        counter.Add(3);

        counter.Add(-2);

        Assert.Equal(3, counter.Value);
    }

    [Fact]
    public void Record_NotFinite_IsIgnored()
    {
        var histogram = _registry.Histogram("t.time", "s", "Time.", [1]).With();

        histogram.Record(double.NaN);
        histogram.Record(double.PositiveInfinity);
        histogram.Record(1);

        Assert.Equal([1, 0], histogram.Buckets());
        Assert.Equal(1, histogram.Sum);
    }

    [Fact]
    public void Set_AfterAdd_Replaces()
    {
        var gauge = _registry.Gauge("t.active", "", "Active.").With();
        gauge.Add(5);

        gauge.Set(2.5);
        gauge.Add(-1);

        Assert.Equal(1.5, gauge.Value);
    }

    [Fact]
    public void ObservableGauge_CallbackThrows_LosesOnlyItself()
    {
        _registry.ObservableGauge("t.bad", "", "Bad.", () => throw new InvalidOperationException("boom"));
        using var good = _registry.ObservableGauge("t.good", "", "Good.", () => 4.5);

        var page = Page.Of(_registry);

        Assert.Contains("t_good 4.5\n", page, StringComparison.Ordinal);
        Assert.DoesNotContain("t_bad ", page, StringComparison.Ordinal);
        Assert.Contains("konsul_metrics_callback_failures_total{metric=\"t.bad\"} 1\n", Page.Of(_registry), StringComparison.Ordinal);
    }

    [Fact]
    public void ObservableGauge_Disposed_IsGone()
    {
        var registration = _registry.ObservableGauge("t.good", "", "Good.", ["k"], sink => sink.Observe(1, "v"));
        Assert.Contains("t_good{k=\"v\"} 1\n", Page.Of(_registry), StringComparison.Ordinal);

        registration.Dispose();

        Assert.DoesNotContain("t_good", Page.Of(_registry), StringComparison.Ordinal);
    }

    [Fact]
    public void Meter_AnotherListener_SeesTheSameInstruments()
    {
        _registry.Counter("t.hits", "{hit}", "Hits.", "a").With("x").Add(5);
        _registry.Gauge("t.state", "", "State.").With().Set(2.5);
        var histogram = _registry.Histogram("t.time", "s", "Time.", [1], "a").With("y");
        var seen = new Dictionary<string, double>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name == MetricRegistry.MeterName && ReferenceEquals(instrument.Meter.Scope, _registry))
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((i, v, tags, _) => seen[Key(i, tags)] = v);
        listener.SetMeasurementEventCallback<double>((i, v, tags, _) => seen[Key(i, tags)] = v);
        listener.Start();

        histogram.Record(0.25);
        listener.RecordObservableInstruments();

        Assert.Equal(5, seen["t.hits a=x"]);
        Assert.Equal(2.5, seen["t.state "]);
        Assert.Equal(0.25, seen["t.time a=y"]);
    }

    private static string Key(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        $"{instrument.Name} {string.Join(',', tags.ToArray().Select(t => $"{t.Key}={t.Value}"))}";
}
