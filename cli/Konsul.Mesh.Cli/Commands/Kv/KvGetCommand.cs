using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Konsul.Mesh.Cli.Api;
using Konsul.Mesh.Cli.Output;

namespace Konsul.Mesh.Cli.Commands.Kv;

/// <summary>Prints the value byte for byte, with no line end of its own.</summary>
internal static class KvGetCommand
{
    private static readonly Option<string?> Version = new("--version") { Description = "A former value, as kv versions lists it", HelpName = "N" };

    public static Command Create(CliEnvironment environment) =>
        new Command("get", "Print the value of a key as it is; exit 1 when it is absent") { KvCommands.Key, Version }.Runs(environment, RunAsync);

    private static async Task<CommandResult> RunAsync(Invocation run)
    {
        var key = KvCommands.KeyOf(run);
        var query = run.Number(Version) is { } version ? string.Create(CultureInfo.InvariantCulture, $"?version={version}") : "";
        var answer = await run.Api.GetAsync($"/v1/kv/{ApiPath.Key(key)}{query}", run.Cancellation);
        if (!answer.IsFound || answer.Array() is not [JsonObject pair])
        {
            throw new CliException(CliExit.Failed, $"there is no key {key}");
        }

        return new CommandResult { Data = pair.DeepClone(), Raw = KvCommands.ValueOf(pair), Names = [key] };
    }
}
