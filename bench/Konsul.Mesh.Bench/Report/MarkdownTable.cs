using System.Globalization;
using System.Text;

namespace Konsul.Mesh.Bench.Report;

/// <summary>Tables with padded columns, so that they read as well on a terminal.</summary>
internal static class MarkdownTable
{
    public static void Write(StringBuilder text, string[] head, IEnumerable<string[]> body)
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

    public static void WriteFigures(StringBuilder text, IEnumerable<FigureRow> figures) =>
        Write(text, ["figure", "median (min-max)", "wanted"], figures.Select(f => new[] { f.Name, $"{Show(f.Value, "0.##")} {f.Unit}", f.Wanted ?? "" }));

    public static string Show(Spread value, string format) => value.Min == value.Max
        ? value.Median.ToString(format, CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{value.Median.ToString(format, CultureInfo.InvariantCulture)} ({value.Min.ToString(format, CultureInfo.InvariantCulture)}-{value.Max.ToString(format, CultureInfo.InvariantCulture)})");
}
