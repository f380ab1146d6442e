using System.Globalization;
using Konsul.Mesh.Bench.Certificates;
using Konsul.Mesh.Bench.Figures;
using Konsul.Mesh.Bench.Pairs;
using Konsul.Mesh.Bench.Report;

namespace Konsul.Mesh.Bench;

/// <summary>One run: a folder of its own, the app, the pairs, the table. Whatever way it ends, its processes and its folder are gone after it.</summary>
internal sealed class BenchRunner(BenchOptions options, TimeProvider time, TextWriter output)
{
    public async Task<int> RunAsync(CancellationToken cancel)
    {
        var missing = new[] { "nginx", "wrk", "openssl" }.Where(p => !options.HasProgram(p)).ToArray();
        if (missing.Length > 0)
        {
            throw new BenchException($"these programs are needed and missing: {string.Join(", ", missing)}", 69);
        }

        var folder = Directory.CreateTempSubdirectory("konsul-bench-").FullName;
        try
        {
            var report = await MeasureAsync(folder, cancel);
            var markdown = MarkdownWriter.Write(report);
            await output.WriteLineAsync($"\n{markdown}");
            var path = await ReportFiles.WriteAsync(options.ResultsFolder, report.At.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture), report, markdown, cancel);
            await output.WriteLineAsync($"written: {path}.md and .json");
            return report.Failed.Count == 0 ? 0 : 1;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private async Task<BenchReport> MeasureAsync(string folder, CancellationToken cancel)
    {
        var certificates = await MeshCertificates.CreateAsync(Path.Combine(folder, "certificates"), cancel);
        await using var app = await NginxApp.StartAsync(Path.Combine(folder, "app"), time, cancel);
        var setup = new PairSetup(folder, certificates, app.Port, time);

        IReadOnlyList<ReportPair> pairs = [];
        IReadOnlyList<ReportRow> rows = [];
        List<string> skipped = [];
        List<string> failed = [];
        if (options.RunPairs)
        {
            await using var comparison = new PairComparison(options, setup, output);
            (pairs, rows) = await comparison.RunAsync(skipped, failed, cancel);
        }

        IReadOnlyList<FigureRow> figures = [];
        if (options.RunFigures)
        {
            if (PairStarter.WhyNotKonsul(options) is { } reason)
            {
                skipped.Add($"figures: {reason}");
            }
            else
            {
                figures = await new FigureRunner(options, setup.For("figures"), output).RunAsync(failed, cancel);
            }
        }

        return new BenchReport(time.GetUtcNow(), Machine.Describe(), options.Rounds, options.Duration.TotalSeconds, pairs, skipped, failed, rows, figures);
    }
}
