using System.CommandLine;
using Konsul.Mesh.Cli.Api;
using Konsul.Mesh.Cli.Output;

namespace Konsul.Mesh.Cli.Commands.Config;

internal static class ConfigReadCommand
{
    public static Command Create(CliEnvironment environment) =>
        new Command("read", "Show one entry; exit 1 when there is none") { ConfigCommands.Kind, ConfigCommands.Name }.Runs(environment, RunAsync);

    private static async Task<CommandResult> RunAsync(Invocation run)
    {
        var (kind, name) = (ConfigCommands.KindOf(run), run.Required(ConfigCommands.Name));
        var answer = await run.Api.GetAsync(ConfigCommands.PathOf(kind, name), run.Cancellation);
        if (!answer.IsFound)
        {
            throw new CliException(CliExit.Failed, $"there is no {kind} \"{name}\"");
        }

        // Nested data has no columns: the table form is YAML, which can be edited and written back.
        using var yaml = new MemoryStream();
        YamlText.Write(answer.Object(), yaml);
        return new CommandResult { Data = answer.Object(), Raw = yaml.ToArray(), Names = [$"{kind}/{name}"] };
    }
}
