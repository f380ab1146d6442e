using System.Globalization;
using System.Text;

namespace Konsul.Mesh.Bench.Report;

internal static class MarkdownWriter
{
    private static readonly CultureInfo Plain = CultureInfo.InvariantCulture;

    public static string Write(BenchReport report)
    {
        var text = new StringBuilder();
        text.Append(Plain, $"# Sidecar pairs side by side\n\n{report.At:yyyy-MM-dd HH:mm} UTC, {report.Machine}\n\n");
        foreach (var pair in report.Pairs)
        {
            text.Append(Plain, $"* **{pair.Name}** ({pair.Hop} over mTLS): {pair.Settings}. Verified: {string.Join("; ", pair.Verified)}.\n");
        }

        foreach (var skipped in report.Skipped)
        {
            text.Append(Plain, $"* skipped: {skipped}\n");
        }

        foreach (var failed in report.Failed)
        {
            text.Append(Plain, $"* **failed**, not measured: {failed}\n");
        }

        if (report.Rows.Count > 0)
        {
            text.Append(Plain, $"\nMedian of {report.Rounds} rounds of {report.DurationSeconds:0} s (min-max). CPU is of both proxies together; ratios are to haproxy-h2.\n\n");
            MarkdownTable.Write(text, ["load", "pair", "requests/s", "CPU us/req", "p50 us", "p99 us", "RssAnon MB out+in", "CPU ratio", "rate ratio"], report.Rows.Select(Cells));
        }

        if (report.Figures.Count > 0)
        {
            text.Append("\n## Figures of konsul\n\n");
            MarkdownTable.WriteFigures(text, report.Figures);
        }

        return text.ToString();
    }

    private static string[] Cells(ReportRow row) =>
    [
        row.Load, row.Pair, MarkdownTable.Show(row.RequestsPerSecond, "0"), MarkdownTable.Show(row.CpuPerRequest, "0.0"), MarkdownTable.Show(row.P50, "0"), MarkdownTable.Show(row.P99, "0"),
        $"{Megabytes(row.OutboundBytes)}+{Megabytes(row.InboundBytes)}", Ratio(row.CpuRatio), Ratio(row.RateRatio),
    ];

    private static string Megabytes(Spread bytes) => (bytes.Median / 1e6).ToString("0.0", Plain);

    private static string Ratio(double? ratio) => ratio?.ToString("0.00", Plain) ?? "-";
}
