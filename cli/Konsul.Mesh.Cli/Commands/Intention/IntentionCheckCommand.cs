using System.CommandLine;
using System.Text;
using Konsul.Mesh.Cli.Api;
using Konsul.Mesh.Cli.Output;

namespace Konsul.Mesh.Cli.Commands.Intention;

internal static class IntentionCheckCommand
{
    public static Command Create(CliEnvironment environment) =>
        new Command("check", "Tell whether a service may call another; exit 0 allowed, 1 denied")
        {
            IntentionCommands.Source, IntentionCommands.Destination,
        }.Runs(environment, RunAsync);

    private static async Task<CommandResult> RunAsync(Invocation run)
    {
        var pair = ApiPath.Pair(run.Required(IntentionCommands.Source), run.Required(IntentionCommands.Destination));
        var answer = (await run.Api.GetAsync($"/v1/connect/intentions/check?{pair}", run.Cancellation)).Object();
        var allowed = answer.IsTrue("Allowed");
        var word = allowed ? "Allowed" : "Denied";
        return new CommandResult
        {
            Code = allowed ? CliExit.Ok : CliExit.Failed,
            Data = answer,
            Raw = Encoding.UTF8.GetBytes(word + "\n"),
            Names = [word],
        };
    }
}
