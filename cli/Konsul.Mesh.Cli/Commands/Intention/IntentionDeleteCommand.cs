using System.CommandLine;
using System.Text.Json.Nodes;
using Konsul.Mesh.Cli.Api;
using Konsul.Mesh.Cli.Output;

namespace Konsul.Mesh.Cli.Commands.Intention;

internal static class IntentionDeleteCommand
{
    public static Command Create(CliEnvironment environment) =>
        new Command("delete", "Remove an intention; exit 1 when there is none") { IntentionCommands.Source, IntentionCommands.Destination }
            .Runs(environment, RunAsync);

    private static async Task<CommandResult> RunAsync(Invocation run)
    {
        var (source, destination) = (run.Required(IntentionCommands.Source), run.Required(IntentionCommands.Destination));
        var path = $"/v1/connect/intentions/exact?{ApiPath.Pair(source, destination)}";

        // The API answers a deletion of nothing with success; a script wants to know.
        if (!(await run.Api.GetAsync(path, run.Cancellation)).IsFound)
        {
            throw new CliException(CliExit.Failed, $"there is no intention {source} => {destination}");
        }

        await run.Api.DeleteAsync(path, run.Cancellation);
        return new CommandResult
        {
            Data = new JsonObject { ["SourceName"] = source, ["DestinationName"] = destination },
            Names = [$"{source} {destination}"],
            Message = $"Deleted: {source} => {destination}.",
        };
    }
}
