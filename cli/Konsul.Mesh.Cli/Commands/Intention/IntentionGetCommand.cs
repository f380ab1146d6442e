using System.CommandLine;
using Konsul.Mesh.Cli.Api;
using Konsul.Mesh.Cli.Output;

namespace Konsul.Mesh.Cli.Commands.Intention;

internal static class IntentionGetCommand
{
    public static Command Create(CliEnvironment environment) =>
        new Command("get", "Show one intention; exit 1 when there is none") { IntentionCommands.Source, IntentionCommands.Destination }
            .Runs(environment, RunAsync);

    private static async Task<CommandResult> RunAsync(Invocation run)
    {
        var (source, destination) = (run.Required(IntentionCommands.Source), run.Required(IntentionCommands.Destination));
        var answer = await run.Api.GetAsync($"/v1/connect/intentions/exact?{ApiPath.Pair(source, destination)}", run.Cancellation);
        if (!answer.IsFound)
        {
            throw new CliException(CliExit.Failed, $"there is no intention {source} => {destination}");
        }

        var intention = answer.Object();
        return new CommandResult { Data = intention, Table = IntentionListCommand.Table([intention]), Names = [$"{source} {destination}"] };
    }
}
