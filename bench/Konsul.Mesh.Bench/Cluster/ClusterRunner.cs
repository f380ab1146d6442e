using System.Globalization;
using Konsul.Mesh.Bench.Report;

namespace Konsul.Mesh.Bench.Cluster;

/// <summary>The control plane as a store: beside etcd, when its leader goes, and with a large state.</summary>
internal sealed class ClusterRunner(BenchOptions options, TimeProvider time, TextWriter output)
{
    public async Task<int> RunAsync(CancellationToken cancel)
    {
        var missing = new[] { "h2load", "etcd" }.Where(p => !options.HasProgram(p)).ToArray();
        if (missing.Length > 0)
        {
            throw new BenchException($"these programs are needed and missing: {string.Join(", ", missing)}", 69);
        }

        var folder = Directory.CreateTempSubdirectory("konsul-bench-").FullName;
        try
        {
            var report = await MeasureAsync(folder, cancel);
            var markdown = ClusterMarkdown.Write(report);
            await output.WriteLineAsync($"\n{markdown}");
            var path = await ReportFiles.WriteAsync(options.ResultsFolder, "cluster-" + report.At.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture), report, markdown, cancel);
            await output.WriteLineAsync($"written: {path}.md and .json");
            return report.Failed.Count == 0 ? 0 : 1;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private async Task<ClusterReport> MeasureAsync(string folder, CancellationToken cancel)
    {
        var requests = new RequestFiles(Path.Combine(folder, "requests"));
        List<string> failed = [];
        List<FigureRow> figures = [];
        IReadOnlyList<StoreRow> rows = [];
        List<string> settings = [];
        await PartAsync("comparison", async part =>
        {
            await using var etcd = await EtcdCluster.StartAsync(part, requests, time, cancel);
            await using var konsul = await KonsulCluster.StartAsync(options.KonsulBin, part, requests, time, cancel);
            settings.AddRange(new IStoreCluster[] { etcd, konsul }.Select(s => $"**{s.Name}**: {s.Settings}"));
            rows = await new StoreComparison(options, part, output).RunAsync([etcd, konsul], cancel);
        });
        await PartAsync("failover", part => AloneAsync(part, async konsul =>
            figures.AddRange(await new FailoverFigures(options, konsul, time, output).RunAsync(cancel))));
        await PartAsync("state", part => AloneAsync(part, async konsul =>
            figures.AddRange(await new StateFigures(options, konsul, part, time, output).RunAsync(cancel))));
        return new ClusterReport(time.GetUtcNow(), Machine.Describe(), options.Rounds, options.Duration.TotalSeconds, settings, failed, rows, figures);

        async Task AloneAsync(string part, Func<KonsulCluster, Task> measure)
        {
            await using var konsul = await KonsulCluster.StartAsync(options.KonsulBin, part, requests, time, cancel);
            try
            {
                await measure(konsul);
            }
            catch (BenchException e)
            {
                throw new BenchException($"{e.Message}\n{konsul.Printed()}", e.ExitCode);
            }
        }

        async Task PartAsync(string name, Func<string, Task> measure)
        {
            if (!options.Parts.Contains(name))
            {
                return;
            }

            var own = Path.Combine(folder, name);
            Directory.CreateDirectory(own);
            try
            {
                await measure(own);
            }
            catch (Exception e) when (BenchException.IsOfOnePart(e, cancel))
            {
                failed.Add($"{name}: {e.Message.Trim()}");
                await output.WriteLineAsync($"{name} FAILED: {e.Message.Trim()}");
            }
        }
    }
}
