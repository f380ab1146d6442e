using System.Diagnostics;
using Konsul.Mesh.Telemetry.Families;
using Konsul.Mesh.Telemetry.Metrics;
using Konsul.Mesh.Telemetry.Prometheus;
using Konsul.Mesh.TestKit;

namespace Konsul.Mesh.Telemetry.Tests.Prometheus;

public sealed class PrometheusTextTests : IDisposable
{
    private readonly MetricRegistry _registry = new(new ManualTimeProvider());

    public void Dispose() => _registry.Dispose();

    [Theory]
    [InlineData("konsul.mesh.requests", "{request}", MetricKind.Counter, "konsul_mesh_requests")]
    [InlineData("konsul.mesh.tcp.sent", "By", MetricKind.Counter, "konsul_mesh_tcp_sent_bytes")]
    [InlineData("konsul.mesh.request.duration", "s", MetricKind.Histogram, "konsul_mesh_request_duration_seconds")]
    [InlineData("a.seconds", "s", MetricKind.Gauge, "a_seconds")]
    [InlineData("a.fill", "1", MetricKind.Gauge, "a_fill_ratio")]
    [InlineData("a.calls.total", "1", MetricKind.Counter, "a_calls")]
    [InlineData("dotnet.thread_pool.thread.count", "{thread}", MetricKind.Gauge, "dotnet_thread_pool_thread_current")]
    [InlineData("9.lives", "", MetricKind.Gauge, "_9_lives")]
    public void Of_OtelName_FollowsTheRules(string name, string unit, MetricKind kind, string expected) =>
        Assert.Equal(expected, PrometheusName.Of(name, unit, kind));

    [Fact]
    public void Write_Text_IsAsSpecified()
    {
        _registry.Counter("t.hits", "{hit}", "Hits \\ and\nmore.", "who").With("a\"b\\c\nd").Add(3);
        var histogram = _registry.Histogram("t.size", "By", "Sizes.", [1, 2.5]).With();
        histogram.Record(1);
        histogram.Record(2);
        histogram.Record(99);

        var page = Page.Of(_registry);

        Assert.Contains(
            "# HELP t_hits_total Hits \\\\ and\\nmore.\n# TYPE t_hits_total counter\nt_hits_total{who=\"a\\\"b\\\\c\\nd\"} 3\n",
            page,
            StringComparison.Ordinal);
        Assert.Contains(
            """
            # HELP t_size_bytes Sizes.
            # TYPE t_size_bytes histogram
            t_size_bytes_bucket{le="1"} 1
            t_size_bytes_bucket{le="2.5"} 2
            t_size_bytes_bucket{le="+Inf"} 3
            t_size_bytes_sum 102
            t_size_bytes_count 3

            """,
            page,
            StringComparison.Ordinal);
        Assert.DoesNotContain("# UNIT", page, StringComparison.Ordinal);
        Assert.DoesNotContain("# EOF", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_OpenMetrics_IsAsSpecified()
    {
        _registry.Counter("t.sent", "By", "Sent.").With().Add(3);
        _registry.Histogram("t.size", "By", "Sizes.", [1, 2.5]).With().Record(1);

        var page = Page.Of(_registry, ExpositionFormat.OpenMetrics);

        Assert.Contains(
            "# HELP t_sent_bytes Sent.\n# TYPE t_sent_bytes counter\n# UNIT t_sent_bytes bytes\nt_sent_bytes_total 3\n", page, StringComparison.Ordinal);
        Assert.Contains("t_size_bytes_bucket{le=\"1.0\"} 1\n", page, StringComparison.Ordinal);
        Assert.EndsWith("# EOF\n", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_AnyRegistry_HasBuildAndProcess()
    {
        var page = Page.Of(_registry);

        Assert.Matches("konsul_build_info\\{version=\"[0-9.]+\"\\} 1\n", page);
        Assert.Matches("process_resident_memory_bytes [1-9]", page);
        Assert.Matches("process_start_time_seconds [1-9]", page);
        Assert.Matches("process_cpu_seconds_total [0-9]", page);
    }

    [Theory]
    [InlineData(null, ExpositionFormat.Text)]
    [InlineData("*/*", ExpositionFormat.Text)]
    [InlineData("application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5", ExpositionFormat.OpenMetrics)]
    [InlineData("application/openmetrics-text; version=\"1.0.0\"", ExpositionFormat.OpenMetrics)]
    [InlineData("application/openmetrics-text;version=2.0.0", ExpositionFormat.Text)]
    [InlineData("application/openmetrics-text;q=0.1,text/plain", ExpositionFormat.Text)]
    [InlineData("application/openmetrics-text;q=0", ExpositionFormat.Text)]
    [InlineData(";;;=,,\"", ExpositionFormat.Text)]
    public void Negotiate_Accept_Chooses(string? accept, ExpositionFormat expected) =>
        Assert.Equal(expected, ExpositionFormats.Negotiate(accept));

    [Fact]
    public async Task Write_EveryFamily_SatisfiesPromtool()
    {
        const string Promtool = "/usr/bin/promtool";
        Assert.SkipUnless(File.Exists(Promtool), "promtool (Debian package prometheus) is not installed");
        EveryFamily.Fill(_registry);
        _registry.IncludeMeters("System.Runtime");

        var page = Page.Of(_registry);

        using var promtool = Process.Start(new ProcessStartInfo(Promtool, ["check", "metrics"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        await promtool.StandardInput.WriteAsync(page);
        promtool.StandardInput.Close();
        var complaints = await promtool.StandardOutput.ReadToEndAsync() + await promtool.StandardError.ReadToEndAsync();
        await promtool.WaitForExitAsync();

        Assert.True(promtool.ExitCode == 0 && complaints.Length == 0, complaints);
        Assert.Contains("dotnet_gc_", page, StringComparison.Ordinal);
    }
}
