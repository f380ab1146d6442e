using System.Text;

namespace Konsul.Mesh.Hosting.Options;

internal static class HelpText
{
    public static string Of(OptionSchema schema, string verb)
    {
        var verbs = schema.Verbs.Count == 0 ? "" : verb.Length > 0 ? $" {verb}" : $" {{{string.Join('|', schema.Verbs.Select(v => v.Name))}}}";
        var text = new StringBuilder($"{schema.Program}: {schema.Summary}\n\nUsage: {schema.Program}{verbs} [options]\n");
        if (verb.Length == 0)
        {
            foreach (var known in schema.Verbs)
            {
                text.Append($"\n  {known.Name,-12} {known.Help}");
            }

            text.Append(schema.Verbs.Count > 0 ? "\n" : "");
        }

        text.Append("\nOptions (also as environment KONSUL_NAME_OF_OPTION and as YAML key name_of_option in --config):\n");
        foreach (var option in schema.OptionsOf(verb))
        {
            var left = $"--{option.Name}{Placeholder(option)}";
            text.Append(left.Length <= 30 ? $"  {left,-30}  {option.Help}" : $"  {left}\n{"",34}{option.Help}");
            text.Append(option.Default is { Length: > 0 } and not "false" ? $" (default {option.Default})\n" : "\n");
        }

        text.Append($"  {"--help",-30}  Show this text\n  {"--version",-30}  Show the version\n");
        return text.ToString();
    }

    private static string Placeholder(OptionSpec option) => option.Placeholder is { } given ? " " + given : option.Kind switch
    {
        OptionKind.Flag => "",
        OptionKind.Integer => " N",
        OptionKind.Duration => " DURATION",
        OptionKind.HostPort => " HOST:PORT",
        OptionKind.List => " A,B,…",
        OptionKind.Choice => " " + string.Join('|', option.Choices),
        _ => " TEXT",
    };
}
