namespace Konsul.Mesh.Cli.Output;

internal enum OutputFormat
{
    Table,
    Wide,
    Json,
    Yaml,
    Name,
}

internal static class OutputFormats
{
    public static OutputFormat Parse(string text) => text switch
    {
        "table" => OutputFormat.Table,
        "wide" => OutputFormat.Wide,
        "json" => OutputFormat.Json,
        "yaml" => OutputFormat.Yaml,
        "name" => OutputFormat.Name,
        _ => throw new CliException(CliExit.Usage, $"--output must be one of table, wide, json, yaml, name, not \"{text}\""),
    };
}
