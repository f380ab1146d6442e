using System.Globalization;
using System.Text;

namespace Konsul.Mesh.Bench.Report;

/// <summary>The report as Markdown with padded columns, so that it reads as well on a terminal.</summary>
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
            Table(text, ["load", "pair", "requests/s", "CPU us/req", "p50 us", "p99 us", "RssAnon MB out+in", "CPU ratio", "rate ratio"], report.Rows.Select(Cells));
        }

        if (report.Figures.Count > 0)
        {
            text.Append("\n## Figures of konsul\n\n");
            Table(text, ["figure", "median (min-max)", "wanted"], report.Figures.Select(f => new[] { f.Name, $"{Show(f.Value, "0.#")} {f.Unit}", f.Wanted ?? "" }));
        }

        return text.ToString();
    }

    private static string[] Cells(ReportRow row) =>
    [
        row.Load, row.Pair, Show(row.RequestsPerSecond, "0"), Show(row.CpuPerRequest, "0.0"), Show(row.P50, "0"), Show(row.P99, "0"),
        $"{Megabytes(row.OutboundBytes)}+{Megabytes(row.InboundBytes)}", Ratio(row.CpuRatio), Ratio(row.RateRatio),
    ];

    private static string Show(Spread value, string format) => value.Min == value.Max
        ? value.Median.ToString(format, Plain)
        : $"{value.Median.ToString(format, Plain)} ({value.Min.ToString(format, Plain)}-{value.Max.ToString(format, Plain)})";

    private static string Megabytes(Spread bytes) => (bytes.Median / 1e6).ToString("0.0", Plain);

    private static string Ratio(double? ratio) => ratio?.ToString("0.00", Plain) ?? "-";

    private static void Table(StringBuilder text, string[] head, IEnumerable<string[]> body)
    {
        var rows = body.Prepend(head).ToArray();
        var widths = head.Select((_, column) => rows.Max(r => r[column].Length)).ToArray();
        for (var i = 0; i < rows.Length; i++)
        {
            text.Append("| ").AppendJoin(" | ", rows[i].Select((cell, column) => cell.PadRight(widths[column]))).Append(" |\n");
            if (i == 0)
            {
                text.Append('|').AppendJoin('|', widths.Select(w => new string('-', w + 2))).Append("|\n");
            }
        }
    }
}
