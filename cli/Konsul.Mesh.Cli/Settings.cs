using System.CommandLine;
using System.Globalization;
using Konsul.Mesh.Cli.Output;

namespace Konsul.Mesh.Cli;

/// <summary>The global options of one run, checked.</summary>
internal sealed record Settings(
    Uri Address, string? Token, string? Namespace, TimeSpan Timeout, OutputFormat Format, bool Headers, bool Color, bool Quiet, bool Verbose)
{
    private static readonly (string Suffix, double Seconds)[] Units = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600)];

    public static Settings From(ParseResult parse, CliEnvironment environment) => new(
        AddressOf(parse.GetValue(GlobalOptions.Address)
            ?? OwnAddress.Server(parse)
            ?? environment.Variable("KONSUL_ADDRESS", "CONSUL_HTTP_ADDR") ?? "http://127.0.0.1:8500"),
        TokenOf(parse, environment),
        NamespaceOf(parse.GetValue(GlobalOptions.Namespace) ?? environment.Variable("KONSUL_NAMESPACE", "CONSUL_NAMESPACE")),
        DurationOf("--timeout", parse.GetValue(GlobalOptions.Timeout) ?? "10s"),
        OutputFormats.Parse(parse.GetValue(GlobalOptions.Output) ?? "table"),
        !parse.GetValue(GlobalOptions.NoHeaders),
        ColorOf(parse.GetValue(GlobalOptions.Color) ?? "auto", environment),
        parse.GetValue(GlobalOptions.Quiet),
        parse.GetValue(GlobalOptions.Verbose));

    /// <param name="text">A URL or <c>host:port</c>.</param>
    public static Uri AddressOf(string text)
    {
        var url = text.Contains("://", StringComparison.Ordinal) ? text : "http://" + text;
        return Uri.TryCreate(url, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            && address.Host.Length > 0 && address.PathAndQuery == "/" && address.UserInfo.Length == 0
            ? address
            : throw new CliException(CliExit.Usage, $"the address \"{text}\" must be a URL such as http://127.0.0.1:8500");
    }

    /// <summary>It goes into a header, so it is checked here.</summary>
    private static string? NamespaceOf(string? name) => name is null || (name.Length is > 0 and <= 128 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
        ? name
        : throw new CliException(CliExit.Usage, $"the namespace may hold only letters, digits, '-', '_' and '.', not \"{name}\"");

    /// <param name="option">Named when it is wrong.</param>
    /// <param name="text">For example <c>500ms</c>, at most a day.</param>
    public static TimeSpan DurationOf(string option, string text)
    {
        foreach (var (suffix, seconds) in Units)
        {
            if (text.EndsWith(suffix, StringComparison.Ordinal)
                && double.TryParse(text.AsSpan(0, text.Length - suffix.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var n)
                && n * seconds is > 0 and <= 86_400)
            {
                return TimeSpan.FromSeconds(n * seconds);
            }
        }

        throw new CliException(CliExit.Usage, $"{option} must be a duration such as 500ms, 10s or 2m, not \"{text}\"");
    }

    private static string? TokenOf(ParseResult parse, CliEnvironment environment)
    {
        if (parse.GetValue(GlobalOptions.Token) is { } flag)
        {
            return Checked(flag);
        }

        if (parse.GetValue(GlobalOptions.TokenFile) is { } file)
        {
            return FromFile(file);
        }

        return environment.Variable("KONSUL_TOKEN") is { } own ? Checked(own)
            : environment.Variable("KONSUL_TOKEN_FILE") is { } ownFile ? FromFile(ownFile)
            : environment.Variable("CONSUL_HTTP_TOKEN") is { } consul ? Checked(consul)
            : environment.Variable("CONSUL_HTTP_TOKEN_FILE") is { } consulFile ? FromFile(consulFile)
            : null;
    }

    private static string FromFile(string path)
    {
        try
        {
            return Checked(File.ReadAllText(path).Trim());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException(CliExit.BadFile, $"cannot read the token file {path}: {e.Message}");
        }
    }

    // A token goes into a header: a line break in it would end the header.
    private static string Checked(string token) => token.Length > 0 && token.All(c => c is > ' ' and < '\u007f')
        ? token
        : throw new CliException(CliExit.Usage, "the token must be visible ASCII characters");

    private static bool ColorOf(string when, CliEnvironment environment) => when switch
    {
        "always" => true,
        "never" => false,
        "auto" => environment.Width is not null && environment.Variable("NO_COLOR") is null && environment.Variable("TERM") != "dumb",
        _ => throw new CliException(CliExit.Usage, $"--color must be auto, always or never, not \"{when}\""),
    };
}
