using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Konsul.Mesh.Server.Tests.Functional;

/// <summary>What a server that has worked shows to Prometheus.</summary>
public sealed partial class MetricsTests
{
    [Fact]
    public async Task Page_AfterSomeWork_HasEveryMetricThatTheDocsName()
    {
        await using var server = await TestServer.StartAsync();
        await server.MustPutAsync("/v1/kv/x", "1");
        await server.MustPutAsync("/v1/agent/service/register", """{"Name":"web","Port":80}""");
        await server.Server.SnapshotAsync();
        await server.UntilAsync("/metrics", r => r.Text.Contains("konsul_autopilot_healthy 1", StringComparison.Ordinal));
        var page = (await server.GetAsync("/metrics")).Text;

        var documented = Documented();

        Assert.True(documented.Count > 20, $"{documented.Count} names were found in docs/operations/cluster.md");
        Assert.All(documented, name => Assert.Contains($"# TYPE {name} ", page, StringComparison.Ordinal));
        Assert.Contains("konsul_raft_leader 1\n", page, StringComparison.Ordinal);
        Assert.Contains("konsul_raft_members{role=\"voter\"} 1\n", page, StringComparison.Ordinal);
        Assert.Contains("konsul_state_apply_duration_seconds_count{command=\"kv_set\"} 1\n", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Page_AfterSomeWork_SatisfiesPromtool()
    {
        const string Promtool = "/usr/bin/promtool";
        Assert.SkipUnless(File.Exists(Promtool), "promtool (Debian package prometheus) is not installed");
        await using var server = await TestServer.StartAsync();
        await server.MustPutAsync("/v1/kv/x", "1");
        await server.Server.SnapshotAsync();

        using var promtool = Process.Start(new ProcessStartInfo(Promtool, ["check", "metrics"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        await promtool.StandardInput.WriteAsync((await server.GetAsync("/metrics")).Text);
        promtool.StandardInput.Close();
        var complaints = await promtool.StandardOutput.ReadToEndAsync() + await promtool.StandardError.ReadToEndAsync();
        await promtool.WaitForExitAsync();

        Assert.True(promtool.ExitCode == 0 && complaints.Length == 0, complaints);
    }

    /// <summary>The names at the start of the rows of the table of metrics; those that a lone server cannot have are marked there.</summary>
    private static List<string> Documented() =>
    [
        .. File.ReadLines(Path.Combine(Root(), "docs/operations/cluster.md"))
            .Select(line => Row().Match(line))
            .Where(m => m.Success && !m.Value.Contains("several servers", StringComparison.Ordinal))
            .Select(m => m.Groups[1].Value.Split('{')[0]),
    ];

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Konsul.Mesh.sln")))
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The tests do not run inside the repository.");
        return folder;
    }

    [GeneratedRegex(@"^\| `(konsul_[a-z_{}]+)` \|.*")]
    private static partial Regex Row();
}
