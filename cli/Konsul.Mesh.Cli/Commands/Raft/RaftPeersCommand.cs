using System.CommandLine;
using System.Text.Json.Nodes;
using Konsul.Mesh.Cli.Api;
using Konsul.Mesh.Cli.Output;

namespace Konsul.Mesh.Cli.Commands.Raft;

internal static class RaftPeersCommand
{
    public static Command Create(CliEnvironment environment) =>
        new Command("peers", "Show the servers, who leads them and how far each has got").Runs(environment, RunAsync);

    private static async Task<CommandResult> RunAsync(Invocation run)
    {
        var answer = (await run.Api.GetAsync("/v1/operator/raft/configuration", run.Cancellation)).Object();
        JsonArray servers = [.. answer.Items("Servers").Select(s => s.DeepClone())];
        servers = servers.SortedBy(s => s.Text("ID"));
        answer["Servers"] = servers;
        return new CommandResult
        {
            Data = answer,
            Table = TableView.Of(
                ["ID", "NODE", "ADDRESS", "STATE", "VOTER", "LAST INDEX", "PROTOCOL+"],
                servers.Select(s => new[]
                {
                    s.Text("ID"), s.Text("Node"), s.Text("Address"), s.IsTrue("Leader") ? "leader" : "follower",
                    s.IsTrue("Voter") ? "yes" : "no", s.Text("LastIndex"), s.Text("ProtocolVersion"),
                })),
            Names = [.. servers.Select(s => s.Text("ID"))],
        };
    }
}
