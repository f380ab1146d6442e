using System.Globalization;
using System.Text.Json;

namespace Konsul.Mesh.Bench.Report;

internal static class ReportFiles
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Writes <c>STAMP.json</c> and <c>STAMP.md</c>; gives back the path without its ending.</summary>
    public static async Task<string> WriteAsync(string folder, BenchReport report, string markdown, CancellationToken cancel)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, report.At.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture));
        await File.WriteAllTextAsync($"{path}.json", JsonSerializer.Serialize(report, Format) + "\n", cancel);
        await File.WriteAllTextAsync($"{path}.md", markdown, cancel);
        return path;
    }
}
