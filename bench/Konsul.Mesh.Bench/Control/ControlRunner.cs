using System.Globalization;
using System.Text;
using Konsul.Mesh.Bench.Pairs;
using Konsul.Mesh.Bench.Report;

namespace Konsul.Mesh.Bench.Control;

/// <summary>What one server does for those who ask it: each part fills the same table.</summary>
internal sealed class ControlRunner(BenchOptions options, TimeProvider time, TextWriter output)
{
    /// <summary>Name of a part, the programs that it needs, what it measures.</summary>
    private static readonly IReadOnlyList<ControlPart> Parts =
    [
        new("catalog", [], (o, server, _, time, _, cancel) => CatalogFigures.RunAsync(server, o, time, cancel)),
        new("watchers", [], (o, server, _, time, _, cancel) => WatcherFigures.RunAsync(server, o, time, cancel)),
        new("dns", ["dnsperf", "taskset"], (o, server, folder, time, output, cancel) => new DnsFigures(o, server, folder, time, output).RunAsync(cancel)),
    ];

    public async Task<int> RunAsync(CancellationToken cancel)
    {
        var folder = Directory.CreateTempSubdirectory("konsul-bench-").FullName;
        List<FigureRow> figures = [];
        List<string> failed = [];
        try
        {
            foreach (var part in Parts.Where(p => options.ControlParts.Count == 0 || options.ControlParts.Contains(p.Name)))
                await PartAsync(part, Path.Combine(folder, part.Name), figures, failed, cancel);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        var at = time.GetUtcNow();
        var markdown = Write(at, figures, failed);
        await output.WriteLineAsync($"\n{markdown}");
        var name = "control-" + at.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture);
        var path = await ReportFiles.WriteAsync(options.ResultsFolder, name, new { At = at, Machine = Machine.Describe(), Figures = figures, Failed = failed }, markdown, cancel);
        await output.WriteLineAsync($"written: {path}.md and .json");
        return failed.Count == 0 ? 0 : 1;
    }

    private async Task PartAsync(ControlPart part, string folder, List<FigureRow> figures, List<string> failed, CancellationToken cancel)
    {
        try
        {
            var missing = part.Programs.Where(p => !options.HasProgram(p)).ToArray();
            if (missing.Length > 0)
                throw new BenchException($"these programs are needed and missing: {string.Join(", ", missing)}");
            await using var server = await KonsulServer.StartAsync(options.KonsulBin, folder, time, cancel);
            figures.AddRange(await part.Measure(options, server, folder, time, output, cancel));
        }
        catch (Exception e) when (BenchException.IsOfOnePart(e, cancel))
        {
            failed.Add($"{part.Name}: {e.Message.Trim()}");
            await output.WriteLineAsync($"{part.Name} FAILED: {e.Message.Trim()}");
        }
    }

    private static string Write(DateTimeOffset at, IReadOnlyList<FigureRow> figures, IReadOnlyList<string> failed)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# One server\n\n{at:yyyy-MM-dd HH:mm} UTC, {Machine.Describe()}\n\n");
        text.AppendJoin("", failed.Select(f => $"* **failed**, not measured: {f}\n"));
        if (figures.Count > 0)
            MarkdownTable.WriteFigures(text, figures);
        return text.ToString();
    }
}
