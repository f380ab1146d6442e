using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using Konsul.Mesh.Cli.Output;

namespace Konsul.Mesh.Cli.Commands;

internal static class VersionCommand
{
    public static Command Create(CliEnvironment environment) =>
        new Command("version", "Show the version of konsulctl").Runs(environment, _ =>
        {
            var version = typeof(VersionCommand).Assembly.GetName().Version!.ToString(3);
            return Task.FromResult(new CommandResult
            {
                Data = new JsonObject { ["Version"] = version },
                Raw = Encoding.UTF8.GetBytes($"konsulctl {version}\n"),
                Names = [version],
            });
        });
}
