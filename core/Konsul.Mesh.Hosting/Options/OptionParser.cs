using Konsul.Mesh.Hosting.Lifecycle;

namespace Konsul.Mesh.Hosting.Options;

/// <summary>Flag beats environment beats file beats default; everything is checked, also what is overruled.</summary>
internal sealed class OptionParser(OptionSchema schema, ProcessEnvironment environment)
{
    private readonly List<string> _warnings = [];

    public OptionParse Parse()
    {
        var line = CommandLine.Read(schema, environment.Arguments);
        if (line.Help)
        {
            return new OptionParse(null, HelpText.Of(schema, line.Verb));
        }

        if (line.Version)
        {
            return new OptionParse(null, $"{schema.Program} {schema.Version}\n");
        }

        if (schema.Verbs.Count > 0 && line.Verb.Length == 0)
        {
            throw new StartupException(ExitCode.Usage, $"a verb is missing: one of {string.Join(", ", schema.Verbs.Select(v => v.Name))}");
        }

        var options = schema.OptionsOf(line.Verb);
        var fromEnvironment = ReadEnvironment(options);
        var fromFile = ReadFile(options, line, fromEnvironment);
        var values = new Dictionary<string, (OptionSpec, string?, OptionSource)>(StringComparer.Ordinal);
        foreach (var option in options)
        {
            values[option.Name] =
                line.Values.TryGetValue(option.Name, out var flag) ? (option, flag, OptionSource.Flag)
                : fromEnvironment.TryGetValue(option.Name, out var variable) ? (option, variable, OptionSource.Environment)
                : fromFile.TryGetValue(option.Name, out var entry) ? (option, entry, OptionSource.File)
                : (option, option.Default, OptionSource.Default);
        }

        return new OptionParse(new OptionValues(line.Verb, values, _warnings), null);
    }

    private Dictionary<string, string> ReadEnvironment(IReadOnlyList<OptionSpec> options)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        var known = schema.Common.Concat(schema.Verbs.SelectMany(v => v.Options))
            .SelectMany(o => o.EnvironmentAliases.Append(o.EnvironmentName)).ToHashSet(StringComparer.Ordinal);
        foreach (var option in options)
        {
            foreach (var name in option.EnvironmentAliases.Reverse().Append(option.EnvironmentName))
            {
                // An empty variable counts as unset: manifests leave them behind.
                if (environment.Variables.TryGetValue(name, out var value) && value.Length > 0)
                {
                    values[option.Name] = option.Refusal(value) is { } reason
                        ? throw new StartupException(ExitCode.Usage, $"environment variable {name} {reason}")
                        : value;
                }
            }
        }

        foreach (var name in environment.Variables.Keys.Where(n => n.StartsWith("KONSUL_", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            if (!known.Contains(name) && !IsServiceLink(name))
            {
                _warnings.Add($"environment variable {name} is not known and is ignored{Suggestion.For(name, known)}");
            }
        }

        return values;
    }

    private Dictionary<string, string> ReadFile(
        IReadOnlyList<OptionSpec> options, CommandLine line, Dictionary<string, string> fromEnvironment)
    {
        if (!options.Any(o => o.Name == CommonOptions.Config))
        {
            return [];
        }

        var path = line.Values.GetValueOrDefault(CommonOptions.Config) ?? fromEnvironment.GetValueOrDefault(CommonOptions.Config);
        return path is null ? [] : YamlFile.Read(path, options, schema.Verbs.SelectMany(v => v.Options));
    }

    /// <summary>Kubernetes sets KONSUL_SERVER_SERVICE_HOST, KONSUL_SERVER_PORT_8500_TCP and the like for a service named
    /// konsul-server.</summary>
    private static bool IsServiceLink(string name) =>
        name.EndsWith("_SERVICE_HOST", StringComparison.Ordinal) || name.Contains("_SERVICE_PORT", StringComparison.Ordinal)
        || name.Contains("_PORT_", StringComparison.Ordinal) || name.EndsWith("_PORT", StringComparison.Ordinal);
}
