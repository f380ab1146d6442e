using System.CommandLine;
using System.Text.Json.Nodes;
using Konsul.Mesh.Cli.Api;
using Konsul.Mesh.Cli.Output;

namespace Konsul.Mesh.Cli.Commands.Kv;

/// <summary>Prints the value byte for byte, with no line end of its own.</summary>
internal static class KvGetCommand
{
    public static Command Create(CliEnvironment environment) =>
        new Command("get", "Print the value of a key as it is; exit 1 when it is absent") { KvCommands.Key }.Runs(environment, RunAsync);

    private static async Task<CommandResult> RunAsync(Invocation run)
    {
        var key = KvCommands.KeyOf(run);
        var answer = await run.Api.GetAsync($"/v1/kv/{ApiPath.Key(key)}", run.Cancellation);
        if (!answer.IsFound || answer.Array() is not [JsonObject pair])
        {
            throw new CliException(CliExit.Failed, $"there is no key {key}");
        }

        return new CommandResult { Data = pair.DeepClone(), Raw = ValueOf(pair), Names = [key] };
    }

    private static byte[] ValueOf(JsonObject pair)
    {
        try
        {
            return Convert.FromBase64String(pair.Text("Value"));
        }
        catch (FormatException)
        {
            throw new CliException(CliExit.Failed, "the server's answer holds a value that is not base64");
        }
    }
}
