using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Konsul.Mesh.Cli.Api;
using Konsul.Mesh.Cli.Output;

namespace Konsul.Mesh.Cli.Commands.Kv;

internal static class KvRollbackCommand
{
    private static readonly Argument<string> Version = new("version") { Description = "Which one, as kv versions shows it" };

    public static Command Create(CliEnvironment environment) =>
        new Command("rollback", "Put a former value again, as a new version") { KvCommands.Key, Version }.Runs(environment, RunAsync);

    private static async Task<CommandResult> RunAsync(Invocation run)
    {
        var (key, text) = (KvCommands.KeyOf(run), run.Required(Version));
        if (!ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var version) || version == 0)
        {
            throw new CliException(CliExit.Usage, $"the version must be a whole number from 1, not \"{text}\"");
        }

        var answer = await run.Api.PutAsync(string.Create(CultureInfo.InvariantCulture, $"/v1/kv/{ApiPath.Key(key)}?rollback={version}"), run.Cancellation);
        if (!answer.IsFound)
        {
            throw new CliException(CliExit.Failed, $"version {version} of {key} is not kept");
        }

        return new CommandResult
        {
            Data = new JsonObject { ["Key"] = key, ["Version"] = version, ["RolledBack"] = true },
            Names = [key],
            Message = $"Rolled {key} back to version {version}.",
        };
    }
}
