using System.CommandLine;
using System.Text.Json.Nodes;
using Konsul.Mesh.Cli.Api;
using Konsul.Mesh.Cli.Output;

namespace Konsul.Mesh.Cli.Commands.Kv;

internal static class KvListCommand
{
    private static readonly Argument<string?> Prefix = new("prefix")
    {
        Arity = ArgumentArity.ZeroOrOne,
        Description = "What keys start with [default: all]",
    };

    public static Command Create(CliEnvironment environment) =>
        new Command("list", "List keys") { Prefix }.Runs(environment, RunAsync);

    private static async Task<CommandResult> RunAsync(Invocation run)
    {
        var answer = await run.Api.GetAsync($"/v1/kv/{ApiPath.Key(run.Value(Prefix) ?? "")}?keys", run.Cancellation);
        var keys = answer.IsFound ? answer.Array().SortedBy(JsonReading.Text) : [];
        string[] names = [.. keys.Select(JsonReading.Text)];
        return new CommandResult { Data = keys, Table = TableView.Of(["KEY"], names.Select(n => new[] { n })), Names = names };
    }
}
