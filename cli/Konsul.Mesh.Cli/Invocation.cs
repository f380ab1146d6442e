using System.CommandLine;
using System.Globalization;
using Konsul.Mesh.Cli.Api;

namespace Konsul.Mesh.Cli;

/// <summary>One verb, being run.</summary>
/// <param name="Progress">Starts --timeout anew; verbs that move much data call it for each block.</param>
/// <param name="Cancellation">Comes when --timeout has passed or the user gives up.</param>
internal sealed record Invocation(
    ParseResult Parse, Settings Settings, CliEnvironment Environment, ApiClient Api, Action Progress, CancellationToken Cancellation)
{
    public T? Value<T>(Option<T> option) => Parse.GetValue(option);

    public T? Value<T>(Argument<T> argument) => Parse.GetValue(argument);

    public string Required(Argument<string> argument) => Parse.GetRequiredValue(argument);

    /// <summary>A value that may come by flag or by position, but not by both.</summary>
    public string? Either(Option<string?> option, Argument<string?> argument)
    {
        var flag = Parse.GetValue(option);
        var positional = Parse.GetValue(argument);
        return flag is not null && positional is not null
            ? throw new CliException(CliExit.Usage, $"{option.Name} is given twice: as an option and as \"{positional}\"")
            : flag ?? positional;
    }

    public string EitherRequired(Option<string?> option, Argument<string?> argument) => Either(option, argument)
        ?? throw new CliException(CliExit.Usage, $"{option.Name} is missing");

    /// <summary>A 64-bit index or set of flags.</summary>
    public ulong? Number(Option<string?> option) => Parse.GetValue(option) is not { } text ? null
        : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw new CliException(CliExit.Usage, $"{option.Name} must be a whole number, not \"{text}\"");
}
