using Konsul.Mesh.Hosting.Lifecycle;

namespace Konsul.Mesh.Hosting.Options;

/// <summary>The arguments, taken apart by the schema.</summary>
internal sealed class CommandLine
{
    public string Verb { get; private set; } = "";

    public bool Help { get; private set; }

    public bool Version { get; private set; }

    public Dictionary<string, string> Values { get; } = new(StringComparer.Ordinal);

    public static CommandLine Read(OptionSchema schema, IReadOnlyList<string> arguments)
    {
        var line = new CommandLine();

        // The verb decides which options exist, so it comes first.
        line.Verb = arguments.Count > 0 && schema.Verbs.Any(v => v.Name == arguments[0]) ? arguments[0] : "";
        var options = schema.OptionsOf(line.Verb);
        for (var i = line.Verb.Length > 0 ? 1 : 0; i < arguments.Count; i++)
        {
            var argument = arguments[i];
            if (argument is "--help" or "-h")
            {
                line.Help = true;
            }
            else if (argument == "--version")
            {
                line.Version = true;
            }
            else if (!argument.StartsWith("--", StringComparison.Ordinal))
            {
                var verbs = i == 0 ? schema.Verbs.Select(v => v.Name) : [];
                throw new StartupException(ExitCode.Usage, $"unexpected argument \"{Shown(argument)}\"{Suggestion.For(argument, verbs)}");
            }
            else
            {
                i = line.ReadFlag(options, arguments, i);
            }
        }

        return line;
    }

    private int ReadFlag(IReadOnlyList<OptionSpec> options, IReadOnlyList<string> arguments, int at)
    {
        var text = arguments[at][2..];
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        var name = equals < 0 ? text : text[..equals];
        var option = options.FirstOrDefault(o => o.Name == name) ?? throw new StartupException(
            ExitCode.Usage, $"unknown option --{Shown(name)}{Suggestion.For("--" + name, options.Select(o => "--" + o.Name))}");
        string value;
        if (equals >= 0)
        {
            value = text[(equals + 1)..];
        }
        else if (option.Kind == OptionKind.Flag)
        {
            value = "true";
        }
        else
        {
            value = ++at < arguments.Count ? arguments[at] : throw new StartupException(ExitCode.Usage, $"option --{name} needs a value");
        }

        if (option.Refusal(value) is { } reason)
        {
            throw new StartupException(ExitCode.Usage, $"option --{name} {reason}");
        }

        if (option.Kind == OptionKind.List && Values.TryGetValue(name, out var before))
        {
            value = $"{before},{value}";
        }
        else if (Values.ContainsKey(name))
        {
            throw new StartupException(ExitCode.Usage, $"option --{name} is given twice");
        }

        Values[name] = value;
        return at;
    }

    private static string Shown(string text) => text.Length <= 80 ? text : text[..80] + "…";
}
