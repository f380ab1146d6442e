using System.CommandLine;
using Konsul.Mesh.Cli.Output;

namespace Konsul.Mesh.Cli.Commands.Config;

internal static class ConfigDeleteCommand
{
    public static Command Create(CliEnvironment environment) => new Command("delete", "Remove an entry; exit 1 when --cas lost")
    {
        ConfigCommands.Kind, ConfigCommands.Name, ConfigCommands.Cas,
    }.Runs(environment, RunAsync);

    private static async Task<CommandResult> RunAsync(Invocation run)
    {
        var (kind, name) = (ConfigCommands.KindOf(run), run.Required(ConfigCommands.Name));
        var answer = await run.Api.DeleteAsync(ConfigCommands.PathOf(kind, name) + ConfigCommands.CasQuery(run.Number(ConfigCommands.Cas)), run.Cancellation);
        var deleted = answer.Text != "false";
        return new CommandResult
        {
            Code = deleted ? CliExit.Ok : CliExit.Failed,
            Names = [$"{kind}/{name}"],
            Message = deleted ? $"Deleted {kind}/{name}." : $"konsulctl: {kind}/{name} was not deleted: it has changed",
        };
    }
}
