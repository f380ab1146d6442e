using System.CommandLine;
using System.Text.Json.Nodes;
using Konsul.Mesh.Cli.Api;
using Konsul.Mesh.Cli.Output;
using Konsul.Mesh.Model.ConfigEntries;

namespace Konsul.Mesh.Cli.Commands.Config;

internal static class ConfigListCommand
{
    private static readonly Argument<string?> Kind = new("kind") { Arity = ArgumentArity.ZeroOrOne, Description = "Only of this kind" };

    public static Command Create(CliEnvironment environment) => new Command("list", "List entries") { Kind }.Runs(environment, RunAsync);

    private static async Task<CommandResult> RunAsync(Invocation run)
    {
        var kind = run.Value(Kind);
        if (kind is not null && !ConfigEntryReader.IsKind(kind))
        {
            throw new CliException(CliExit.Usage, $"there is no kind \"{kind}\"; kinds are {string.Join(", ", ConfigEntryReader.Kinds)}");
        }

        var entries = new JsonArray();
        foreach (var one in kind is null ? ConfigEntryReader.Kinds : [kind])
        {
            foreach (var entry in (await run.Api.GetAsync($"/v1/config/{one}", run.Cancellation)).Array())
            {
                entries.Add(entry?.DeepClone());
            }
        }

        return new CommandResult
        {
            Data = entries,
            Table = TableView.Of(
                ["KIND", "NAME", "INDEX", "CREATED+"],
                entries.Select(e => new[] { e.Text("Kind"), e.Text("Name"), e.Text("ModifyIndex"), e.Text("CreateIndex") })),
            Names = [.. entries.Select(e => $"{e.Text("Kind")}/{e.Text("Name")}")],
        };
    }
}
