using System.Collections;

namespace Konsul.Mesh.Cli;

/// <summary>What surrounds one run of konsulctl; tests make their own.</summary>
/// <param name="Variables">Environment variables.</param>
/// <param name="Out">Data only.</param>
/// <param name="Error">Everything for people.</param>
/// <param name="Width">Columns of the terminal; null when standard output is not one.</param>
internal sealed record CliEnvironment(
    IReadOnlyDictionary<string, string> Variables, Stream In, Stream Out, Stream Error, int? Width)
{
    public static CliEnvironment FromProcess() => new(
        Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .ToDictionary(e => (string)e.Key, e => (string?)e.Value ?? "", StringComparer.Ordinal),
        Console.OpenStandardInput(),
        Console.OpenStandardOutput(),
        Console.OpenStandardError(),
        Console.IsOutputRedirected ? null : Math.Max(Console.WindowWidth, 40));

    /// <summary>The first of these variables that is set and not empty.</summary>
    public string? Variable(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (Variables.TryGetValue(name, out var value) && value.Length > 0)
            {
                return value;
            }
        }

        return null;
    }
}
