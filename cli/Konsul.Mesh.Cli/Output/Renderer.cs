using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Spectre.Console;

namespace Konsul.Mesh.Cli.Output;

/// <summary>Writes a finished result. Standard output gets data, nothing else.</summary>
internal static class Renderer
{
    private static readonly JsonWriterOptions Json = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(CommandResult result, Settings settings, CliEnvironment environment)
    {
        switch (settings.Format)
        {
            case OutputFormat.Json when result.Data is not null:
                WriteJson(result, environment.Out);
                break;
            case OutputFormat.Yaml when result.Data is not null:
                YamlText.Write(result.Data, environment.Out);
                break;
            case OutputFormat.Name:
                WriteText(environment.Out, string.Concat(result.Names.Select(n => n + "\n")));
                break;
            case OutputFormat.Table or OutputFormat.Wide when result.Raw is { } raw:
                environment.Out.Write(raw.Span);
                break;
            case OutputFormat.Table or OutputFormat.Wide when result.Table is { } table:
                WriteTable(table.For(settings.Format), settings, environment);
                break;
        }

        environment.Out.Flush();
    }

    public static void WriteText(Stream stream, string text) => stream.Write(Encoding.UTF8.GetBytes(text));

    private static void WriteJson(CommandResult result, Stream output)
    {
        using (var json = new Utf8JsonWriter(output, Json))
        {
            result.Data!.WriteTo(json);
        }

        output.Write("\n"u8);
    }

    private static void WriteTable(TableView table, Settings settings, CliEnvironment environment)
    {
        if (environment.Width is { } width)
        {
            WriteForTerminal(table, settings, environment.Out, width);
            return;
        }

        // Scripts get plain columns: two spaces apart, never cut.
        var rows = settings.Headers ? table.Rows.Prepend([.. table.Columns.Select(c => c.Header)]).ToList() : [.. table.Rows];
        var text = new StringBuilder();
        foreach (var row in rows)
        {
            var line = new StringBuilder();
            for (var i = 0; i < row.Length; i++)
            {
                line.Append(row[i].PadRight(rows.Max(r => r[i].Length) + 2));
            }

            text.Append(line.ToString().TrimEnd()).Append('\n');
        }

        WriteText(environment.Out, text.ToString());
    }

    private static void WriteForTerminal(TableView table, Settings settings, Stream output, int width)
    {
        using var writer = new StreamWriter(output, new UTF8Encoding(false), leaveOpen: true);
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = settings.Color ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = settings.Color ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(writer),
        });
        console.Profile.Width = width;
        var grid = new Table { Border = TableBorder.None, ShowHeaders = settings.Headers, UseSafeBorder = true };
        foreach (var (header, _) in table.Columns)
        {
            grid.AddColumn(new TableColumn(new Text(header, new Style(decoration: Decoration.Bold))) { Padding = new Padding(0, 0, 2, 0) });
        }

        foreach (var row in table.Rows)
        {
            grid.AddRow(row.Select(cell => new Text(cell)));
        }

        console.Write(grid);
    }
}
