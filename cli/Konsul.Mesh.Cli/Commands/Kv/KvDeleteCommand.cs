using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Konsul.Mesh.Cli.Api;
using Konsul.Mesh.Cli.Output;

namespace Konsul.Mesh.Cli.Commands.Kv;

internal static class KvDeleteCommand
{
    private static readonly Option<bool> Recurse = new("--recurse") { Description = "Every key that starts with this one" };
    private static readonly Option<string?> Cas = new("--cas")
    {
        Description = "Only if the key's ModifyIndex is still this",
        HelpName = "INDEX",
    };

    public static Command Create(CliEnvironment environment) =>
        new Command("delete", "Remove a key; removing an absent one succeeds") { KvCommands.Key, Recurse, Cas }.Runs(environment, RunAsync);

    private static async Task<CommandResult> RunAsync(Invocation run)
    {
        var key = KvCommands.KeyOf(run);
        if (run.Value(Recurse) && run.Number(Cas) is not null)
        {
            throw new CliException(CliExit.Usage, "--cas is about one key and does not go with --recurse");
        }

        var query = run.Value(Recurse) ? "?recurse" : run.Number(Cas) is { } index ? string.Create(CultureInfo.InvariantCulture, $"?cas={index}") : "";
        var deleted = (await run.Api.DeleteAsync($"/v1/kv/{ApiPath.Key(key)}{query}", run.Cancellation)).Text == "true";
        return new CommandResult
        {
            Code = deleted ? CliExit.Ok : CliExit.Failed,
            Data = new JsonObject { ["Key"] = key, ["Deleted"] = deleted },
            Names = [key],
            Message = deleted ? $"Deleted {key}{(run.Value(Recurse) ? "*" : "")}." : $"konsulctl: {key} was not deleted: it has changed",
        };
    }
}
