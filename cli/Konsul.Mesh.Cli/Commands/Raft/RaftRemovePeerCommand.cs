using System.CommandLine;
using System.Text.Json.Nodes;
using Konsul.Mesh.Cli.Output;

namespace Konsul.Mesh.Cli.Commands.Raft;

internal static class RaftRemovePeerCommand
{
    private static readonly Option<string?> Id = new("--id") { Description = "Id of the peer", HelpName = "ID" };
    private static readonly OwnAddress Address = new("Raft address of the peer", "HOST:PORT");

    public static Command Create(CliEnvironment environment) =>
        new Command("remove-peer", "Take a server that is gone out of the cluster") { Id, Address }.Runs(environment, RunAsync);

    private static async Task<CommandResult> RunAsync(Invocation run)
    {
        var (id, address) = (run.Value(Id), Address.Of(run));
        if (string.IsNullOrEmpty(id) == string.IsNullOrEmpty(address))
        {
            throw new CliException(CliExit.Usage, "give either --id or --address");
        }

        var (field, parameter, value) = string.IsNullOrEmpty(id) ? ("Address", "address", address!) : ("ID", "id", id);
        var answer = await run.Api.DeleteAsync($"/v1/operator/raft/peer?{parameter}={Uri.EscapeDataString(value)}", run.Cancellation);
        if (!answer.IsFound)
        {
            throw new CliException(CliExit.Failed, $"there is no server {value}");
        }

        return new CommandResult
        {
            Data = new JsonObject { [field] = value, ["Removed"] = true },
            Names = [value],
            Message = $"Removed {value}.",
        };
    }
}
