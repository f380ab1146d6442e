using System.CommandLine;

namespace Konsul.Mesh.Cli.Commands.Session;

internal static class SessionCommands
{
    internal static readonly Argument<string> Id = new("id") { Description = "The session's id" };

    public static Command Create(CliEnvironment environment) => new("session", "Sessions, which hold locks")
    {
        SessionListCommand.Create(environment),
        SessionCreateCommand.Create(environment),
        SessionDestroyCommand.Create(environment),
        SessionRenewCommand.Create(environment),
    };

    internal static string IdOf(Invocation run) => run.Required(Id) is { Length: > 0 } id
        ? id
        : throw new CliException(CliExit.Usage, "the session's id must not be empty");
}
