using System.CommandLine;

namespace Konsul.Mesh.Cli;

/// <summary>A verb's own <c>--address</c>. It is the same word as the server's address: a URL is the server's, anything else the
/// verb's.</summary>
internal sealed class OwnAddress : Option<string[]>
{
    /// <param name="description">What the verb takes it for.</param>
    /// <param name="helpName">Its value in the help.</param>
    public OwnAddress(string description, string helpName)
        : base("--address")
    {
        Description = description + "; a URL is the server's address instead, like --http-addr";
        HelpName = helpName;
    }

    /// <summary>The server's address, if it was given as <c>--address URL</c> after such a verb.</summary>
    public static string? Server(ParseResult parse) =>
        parse.CommandResult.Command.Options.OfType<OwnAddress>().SelectMany(o => parse.GetValue(o) ?? []).FirstOrDefault(IsUrl);

    /// <summary>The address that is the verb's; null when none is given.</summary>
    /// <param name="run">The verb.</param>
    /// <param name="argument">The same by position, if the verb takes that.</param>
    public string? Of(Invocation run, Argument<string?>? argument = null)
    {
        var given = (run.Value(this) ?? []).Where(a => !IsUrl(a)).Append(argument is null ? null : run.Value(argument)).OfType<string>().ToArray();
        return given.Length switch
        {
            0 => null,
            1 => given[0],
            _ => throw new CliException(CliExit.Usage, $"--address is given twice: \"{given[0]}\" and \"{given[1]}\""),
        };
    }

    private static bool IsUrl(string text) => text.Contains("://", StringComparison.Ordinal);
}
