using System.CommandLine;
using Konsul.Mesh.Cli.Api;
using Konsul.Mesh.Cli.Output;

namespace Konsul.Mesh.Cli.Commands.Session;

internal static class SessionRenewCommand
{
    public static Command Create(CliEnvironment environment) =>
        new Command("renew", "Give a session its whole time again; exit 1 when it is gone") { SessionCommands.Id }.Runs(environment, RunAsync);

    private static async Task<CommandResult> RunAsync(Invocation run)
    {
        var id = SessionCommands.IdOf(run);
        var answer = await run.Api.PutAsync($"/v1/session/renew/{ApiPath.Segment(id)}", run.Cancellation);
        if (!answer.IsFound)
        {
            throw new CliException(CliExit.Failed, $"there is no session {id}");
        }

        var sessions = answer.Array();
        return new CommandResult { Data = sessions, Table = SessionListCommand.Table(sessions), Names = [id], Message = $"Renewed {id}." };
    }
}
