using System.Text.Json;

namespace Konsul.Mesh.Bench.Report;

internal static class ReportFiles
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Writes <c>NAME.json</c> and <c>NAME.md</c>; gives back the path without its ending.</summary>
    public static async Task<string> WriteAsync<T>(string folder, string name, T report, string markdown, CancellationToken cancel)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, name);
        await File.WriteAllTextAsync($"{path}.json", JsonSerializer.Serialize(report, Format) + "\n", cancel);
        await File.WriteAllTextAsync($"{path}.md", markdown, cancel);
        return path;
    }
}
