using System.CommandLine;
using Konsul.Mesh.Cli.Api;
using Konsul.Mesh.Cli.Output;

namespace Konsul.Mesh.Cli.Commands.Ca;

internal static class CaStatusCommand
{
    public static Command Create(CliEnvironment environment) =>
        new Command("status", "Show which root signs and how far a change of the root has come").Runs(environment, RunAsync);

    private static async Task<CommandResult> RunAsync(Invocation run)
    {
        var answer = (await run.Api.GetAsync("/v1/connect/ca/rotation", run.Cancellation)).Object();
        var stage = answer.Text("Stage");
        List<string[]> rows = [[answer.Text("ActiveRootID"), "signs", answer.Text("ActiveNotAfter"), $"rotated by itself at {answer.Text("RotatesAt")}"]];
        if (answer.Member("Publishing") is { } next)
        {
            var behind = $"not taken yet by {next.Text("ServersBehind")} servers and {next.Text("ProxiesBehind")} proxies";
            rows.Add([next.Text("RootID"), "published", "", $"{behind}; signs at {next.Text("WaitUntil")} at the latest"]);
        }

        rows.AddRange(answer.Items("Retiring").Select(r => new[] { r.Text("RootID"), "retiring", "", $"trusted until {r.Text("TrustedUntil")}" }));
        return new CommandResult
        {
            Data = answer,
            Table = TableView.Of(["ROOT", "STATE", "EXPIRES", "NEXT"], rows),
            Names = [stage],
        };
    }
}
