using System.CommandLine;
using System.Text.Json.Nodes;
using Konsul.Mesh.Cli.Api;
using Konsul.Mesh.Cli.Output;

namespace Konsul.Mesh.Cli.Commands.Session;

internal static class SessionDestroyCommand
{
    public static Command Create(CliEnvironment environment) =>
        new Command("destroy", "End a session and free its locks; one that is gone is no error") { SessionCommands.Id }.Runs(environment, RunAsync);

    private static async Task<CommandResult> RunAsync(Invocation run)
    {
        var id = SessionCommands.IdOf(run);
        await run.Api.PutAsync($"/v1/session/destroy/{ApiPath.Segment(id)}", run.Cancellation);
        return new CommandResult { Data = new JsonObject { ["ID"] = id, ["Destroyed"] = true }, Names = [id], Message = $"Destroyed {id}." };
    }
}
