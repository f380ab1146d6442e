namespace Konsul.Mesh.Cli.Output;

/// <summary>Rows for people.</summary>
/// <param name="Columns">Header and whether it is shown in <c>wide</c> only.</param>
internal sealed record TableView(IReadOnlyList<(string Header, bool WideOnly)> Columns, IReadOnlyList<string[]> Rows)
{
    /// <param name="columns">A trailing '+' marks a column of the wide form.</param>
    public static TableView Of(string[] columns, IEnumerable<string[]> rows) =>
        new([.. columns.Select(c => (c.TrimEnd('+'), c.EndsWith('+')))], [.. rows]);

    public TableView For(OutputFormat format)
    {
        var shown = Enumerable.Range(0, Columns.Count).Where(i => format == OutputFormat.Wide || !Columns[i].WideOnly).ToArray();
        return new TableView(
            [.. shown.Select(i => Columns[i])], [.. Rows.Select(row => Array.ConvertAll(shown, i => Printable(row[i])))]);
    }

    /// <summary>Control characters come from the catalog, that is from anybody; a terminal would obey them.</summary>
    private static string Printable(string cell) => cell.Any(char.IsControl)
        ? string.Concat(cell.Select(c => char.IsControl(c) ? $"\\u{(int)c:x4}" : c.ToString()))
        : cell;
}
