using System.Collections;
using System.Collections.Frozen;
using System.Text;

namespace Konsul.Mesh.Hosting.Options;

/// <summary>What the operating system hands to a program. The only code that touches the process's variables and console; tests make their
/// own.</summary>
/// <param name="Arguments">Without the program's name.</param>
/// <param name="Variables">Environment variables.</param>
/// <param name="Out">For data.</param>
/// <param name="Error">For people.</param>
public sealed record ProcessEnvironment(
    IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Variables, Stream Out, Stream Error)
{
    public static ProcessEnvironment FromProcess(string[] arguments) => new(
        arguments,
        Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .ToFrozenDictionary(e => (string)e.Key, e => (string?)e.Value ?? "", StringComparer.Ordinal),
        Console.OpenStandardOutput(),
        Console.OpenStandardError());

    public void WriteOut(string text) => Out.Write(Encoding.UTF8.GetBytes(text));

    /// <summary>One line, whatever is in the text.</summary>
    public void WriteErrorLine(string text)
    {
        var line = text.ReplaceLineEndings(" ");
        Error.Write(Encoding.UTF8.GetBytes(line + "\n"));
        Error.Flush();
    }
}
