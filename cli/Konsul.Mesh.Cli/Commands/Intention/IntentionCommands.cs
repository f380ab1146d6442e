using System.CommandLine;

namespace Konsul.Mesh.Cli.Commands.Intention;

internal static class IntentionCommands
{
    internal static readonly Argument<string> Source = new("source") { Description = "Calling service, or * for any" };
    internal static readonly Argument<string> Destination = new("destination") { Description = "Called service, or * for any" };

    public static Command Create(CliEnvironment environment) => new("intention", "Who may call whom")
    {
        IntentionCreateCommand.Create(environment),
        IntentionDeleteCommand.Create(environment),
        IntentionListCommand.Create(environment),
        IntentionCheckCommand.Create(environment),
        IntentionGetCommand.Create(environment),
    };
}
