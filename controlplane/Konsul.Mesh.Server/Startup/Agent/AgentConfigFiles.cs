using System.Text.Json;
using System.Text.Json.Nodes;
using Konsul.Mesh.Hosting.Lifecycle;

namespace Konsul.Mesh.Server.Startup.Agent;

/// <summary>Reads the configuration files of Consul's agent, JSON or HCL.</summary>
internal static class AgentConfigFiles
{
    /// <summary>No agent's configuration is larger.</summary>
    private const int MaxBytes = 1024 * 1024;

    private static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>All of them, in the order in which they were named; those of a folder in the order of their names.</summary>
    /// <exception cref="StartupException">A file cannot be read (66) or understood (65).</exception>
    public static JsonObject Read(IReadOnlyList<AgentFlags.Source> sources)
    {
        var all = new JsonObject();
        var format = sources.LastOrDefault(s => s.Flag == "config-format")?.Value ?? "";
        foreach (var (flag, value) in sources)
        {
            switch (flag)
            {
                case "hcl":
                    ConfigTree.Merge(all, Parse("-hcl", value, isJson: false));
                    break;
                case "config-file" or "config-dir":
                    foreach (var file in FilesIn(value, format))
                        ConfigTree.Merge(all, Parse(file, ReadFile(file), format == "json" || (format.Length == 0 && file.EndsWith(".json", StringComparison.Ordinal))));
                    break;
            }
        }

        return all;
    }

    /// <summary>Either flag takes a file or a folder; in a folder only what ends like configuration counts.</summary>
    private static IEnumerable<string> FilesIn(string path, string format) => !Directory.Exists(path)
        ? [path]
        : Directory.EnumerateFiles(path)
            .Where(f => format.Length > 0 || f.EndsWith(".json", StringComparison.Ordinal) || f.EndsWith(".hcl", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal);

    private static string ReadFile(string file)
    {
        try
        {
            return new FileInfo(file).Length <= MaxBytes
                ? File.ReadAllText(file)
                : throw new StartupException(ExitCode.BadFile, $"{file} has more than {MaxBytes} bytes");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException(ExitCode.Usage, $"cannot read {file}: {e.Message.TrimEnd('.')}", e);
        }
    }

    private static JsonObject Parse(string name, string text, bool isJson)
    {
        try
        {
            if (!isJson)
                return HclParser.Parse(text);
            return JsonNode.Parse(text, documentOptions: Lenient) as JsonObject ?? throw new FormatException("it is no object");
        }
        catch (Exception e) when (e is FormatException or JsonException or ArgumentException)
        {
            throw new StartupException(ExitCode.Usage, $"{name}: {e.Message.TrimEnd('.')}", e);
        }
    }
}
