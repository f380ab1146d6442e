using System.Globalization;
using System.Text;

namespace Konsul.Mesh.Bench.Report;

internal static class ClusterMarkdown
{
    private static readonly CultureInfo Plain = CultureInfo.InvariantCulture;

    public static string Write(ClusterReport report)
    {
        var text = new StringBuilder();
        text.Append(Plain, $"# Three servers\n\n{report.At:yyyy-MM-dd HH:mm} UTC, {report.Machine}\n\n");
        text.AppendJoin("", report.Settings.Select(s => $"* {s}\n"));
        text.AppendJoin("", report.Failed.Select(f => $"* **failed**, not measured: {f}\n"));
        if (report.Rows.Count > 0)
        {
            text.Append(Plain, $"\nMedian of {report.Rounds} rounds of {report.DurationSeconds:0} s (min-max); ratios of rates to {report.Rows[0].Store}.\n\n");
            MarkdownTable.Write(text, ["load", "store", "requests/s", "p50 us", "p99 us", "rate ratio"], report.Rows.Select(Cells));
        }

        if (report.Figures.Count > 0)
        {
            text.Append("\n## Figures of konsul\n\n");
            MarkdownTable.WriteFigures(text, report.Figures);
        }

        return text.ToString();
    }

    private static string[] Cells(StoreRow row) =>
    [
        row.Load, row.Store, MarkdownTable.Show(row.RequestsPerSecond, "0"), MarkdownTable.Show(row.P50, "0"), MarkdownTable.Show(row.P99, "0"), row.RateRatio.ToString("0.00", Plain),
    ];
}
