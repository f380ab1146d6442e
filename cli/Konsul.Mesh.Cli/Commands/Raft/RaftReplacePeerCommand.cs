using System.CommandLine;
using System.Text.Json.Nodes;
using Konsul.Mesh.Cli.Api;
using Konsul.Mesh.Cli.Output;

namespace Konsul.Mesh.Cli.Commands.Raft;

internal static class RaftReplacePeerCommand
{
    private static readonly Option<string> Id = new("--id") { Description = "Id of the server that goes", HelpName = "ID", Required = true };
    private static readonly Option<string> With = new("--with") { Description = "Id of the server that takes its place", HelpName = "ID", Required = true };

    public static Command Create(CliEnvironment environment) =>
        new Command("replace-peer", "Give a server's vote to another one that has joined, and take the first out") { Id, With }.Runs(environment, RunAsync);

    private static async Task<CommandResult> RunAsync(Invocation run)
    {
        var (id, with) = (run.Value(Id), run.Value(With));
        if (string.IsNullOrEmpty(id) || string.IsNullOrEmpty(with))
        {
            throw new CliException(CliExit.Usage, "--id and --with must not be empty");
        }

        var path = $"/v1/operator/raft/replace-peer?id={Uri.EscapeDataString(id)}&with={Uri.EscapeDataString(with)}";
        var done = (await run.Api.PostAsync(path, run.Cancellation)).Object().IsTrue("Success");
        return new CommandResult
        {
            Code = done ? CliExit.Ok : CliExit.Failed,
            Data = new JsonObject { ["ID"] = id, ["With"] = with, ["Success"] = done },
            Names = [with],
            Message = done ? $"{with} has the vote of {id}, which is removed." : $"konsulctl: {id} was not replaced",
        };
    }
}
