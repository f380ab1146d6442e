using Konsul.Mesh.Hosting.Lifecycle;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Konsul.Mesh.Hosting.Options;

/// <summary>The configuration file: one flat mapping of keys to scalars or lists of scalars.</summary>
internal static class YamlFile
{
    private const int MaxBytes = 1 << 20;

    /// <param name="options">Those that count for this verb.</param>
    /// <param name="others">Those of other verbs: legal, so that programs can share a file, but not used.</param>
    public static Dictionary<string, string> Read(string path, IReadOnlyList<OptionSpec> options, IEnumerable<OptionSpec> others)
    {
        var byKey = options.ToDictionary(o => o.Key, StringComparer.Ordinal);
        foreach (var other in others)
        {
            byKey.TryAdd(other.Key, other);
        }

        // A file does not name another file.
        byKey.Remove(CommonOptions.Config);
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, node) in Root(path))
        {
            var where = $"{path} line {key.Start.Line}";
            var name = (key as YamlScalarNode)?.Value ?? throw new StartupException(ExitCode.BadFile, $"{where}: a key must be a word");
            if (!byKey.TryGetValue(name, out var option))
            {
                throw new StartupException(ExitCode.Usage, $"{where}: unknown key {name}{Suggestion.For(name, byKey.Keys)}");
            }

            var value = ValueOf(node, option, where);
            if (value.Length > 0 && option.Refusal(value) is { } reason)
            {
                throw new StartupException(ExitCode.Usage, $"{where}: {name} {reason}");
            }

            if (value.Length > 0)
            {
                values[option.Name] = value;
            }
        }

        return values;
    }

    private static string ValueOf(YamlNode node, OptionSpec option, string where) => node switch
    {
        YamlScalarNode scalar => IsNull(scalar) ? "" : scalar.Value ?? "",
        YamlSequenceNode list when option.Kind == OptionKind.List && list.Children.All(c => c is YamlScalarNode) =>
            string.Join(',', list.Children.Cast<YamlScalarNode>().Select(c => c.Value)),
        _ => throw new StartupException(
            ExitCode.Usage, $"{where}: {option.Key} must be {(option.Kind == OptionKind.List ? "a list of words" : "a single value")}"),
    };

    private static bool IsNull(YamlScalarNode scalar) => scalar.Style == ScalarStyle.Plain && scalar.Value is "" or "~" or "null";

    private static IEnumerable<KeyValuePair<YamlNode, YamlNode>> Root(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            if (file.CanSeek && file.Length > MaxBytes)
            {
                throw new StartupException(ExitCode.BadFile, $"the configuration file {path} is larger than {MaxBytes} bytes");
            }

            using var reader = new StreamReader(file);
            var yaml = new YamlStream();
            yaml.Load(reader);
            return yaml.Documents.Count switch
            {
                0 => [],
                1 when yaml.Documents[0].RootNode is YamlMappingNode mapping => mapping.Children,
                1 when yaml.Documents[0].RootNode is YamlScalarNode scalar && IsNull(scalar) => [],
                _ => throw new StartupException(ExitCode.BadFile, $"the configuration file {path} must be one mapping of keys to values"),
            };
        }
        catch (YamlException e)
        {
            throw new StartupException(ExitCode.BadFile, $"{path} line {e.Start.Line}: not valid YAML: {e.Message}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException(ExitCode.BadFile, $"cannot read the configuration file {path}: {e.Message}");
        }
    }
}
