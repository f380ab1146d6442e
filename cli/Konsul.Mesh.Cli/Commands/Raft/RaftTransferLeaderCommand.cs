using System.CommandLine;
using System.Text.Json.Nodes;
using Konsul.Mesh.Cli.Api;
using Konsul.Mesh.Cli.Output;

namespace Konsul.Mesh.Cli.Commands.Raft;

internal static class RaftTransferLeaderCommand
{
    private static readonly Option<string?> Id = new("--id")
    {
        Description = "Id of the server that shall lead [default: the one that is furthest]",
        HelpName = "ID",
    };

    public static Command Create(CliEnvironment environment) =>
        new Command("transfer-leader", "Hand leadership to another server") { Id }.Runs(environment, RunAsync);

    private static async Task<CommandResult> RunAsync(Invocation run)
    {
        var id = run.Value(Id);
        if (id is "")
        {
            throw new CliException(CliExit.Usage, "--id must not be empty");
        }

        var query = id is null ? "" : $"?id={Uri.EscapeDataString(id)}";
        var answer = (await run.Api.PostAsync($"/v1/operator/raft/transfer-leader{query}", run.Cancellation)).Object();
        var done = answer.IsTrue("Success");
        var to = id ?? "another server";
        return new CommandResult
        {
            Code = done ? CliExit.Ok : CliExit.Failed,
            Data = new JsonObject { ["Success"] = done },
            Names = id is not null ? [id] : [],
            Message = done ? $"Handed leadership to {to}." : $"konsulctl: leadership was not handed to {to}",
        };
    }
}
