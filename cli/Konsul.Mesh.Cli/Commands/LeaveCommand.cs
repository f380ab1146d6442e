using System.CommandLine;
using System.Text.Json.Nodes;
using Konsul.Mesh.Cli.Output;

namespace Konsul.Mesh.Cli.Commands;

internal static class LeaveCommand
{
    public static Command Create(CliEnvironment environment) =>
        new Command("leave", "Take the server that is asked out of its cluster for good, and end it").Runs(environment, RunAsync);

    private static async Task<CommandResult> RunAsync(Invocation run)
    {
        await run.Api.PutAsync("/v1/agent/leave", Array.Empty<byte>(), run.Cancellation);
        return new CommandResult
        {
            Data = new JsonObject { ["Leaving"] = true },
            Message = "The server leaves its cluster and ends.",
        };
    }
}
