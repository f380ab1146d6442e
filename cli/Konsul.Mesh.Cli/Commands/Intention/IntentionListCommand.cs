using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Konsul.Mesh.Cli.Api;
using Konsul.Mesh.Cli.Output;

namespace Konsul.Mesh.Cli.Commands.Intention;

/// <summary>In the order in which they count: the first that matches decides.</summary>
internal static class IntentionListCommand
{
    public static Command Create(CliEnvironment environment) =>
        new Command("list", "List all intentions, the strongest first").Runs(environment, RunAsync);

    internal static TableView Table(IEnumerable<JsonNode?> intentions) => TableView.Of(
        ["SOURCE", "ACTION", "DESTINATION", "PRECEDENCE", "ID+", "DESCRIPTION+"],
        intentions.Select(i => new[]
        {
            i.Text("SourceName"), Action(i), i.Text("DestinationName"), i.Text("Precedence"), i.Text("ID"), i.Text("Description"),
        }));

    private static string Action(JsonNode? intention) => intention.Items("Permissions").Count() is > 0 and var count
        ? string.Create(CultureInfo.InvariantCulture, $"by request ({count})")
        : intention.Text("Action");

    private static async Task<CommandResult> RunAsync(Invocation run)
    {
        var intentions = (await run.Api.GetAsync("/v1/connect/intentions", run.Cancellation)).Array()
            .SortedBy(i => $"{99 - Precedence(i):d2} {i.Text("DestinationName")} {i.Text("SourceName")}");
        return new CommandResult
        {
            Data = intentions,
            Table = Table(intentions),
            Names = [.. intentions.Select(i => $"{i.Text("SourceName")} {i.Text("DestinationName")}")],
        };
    }

    private static int Precedence(JsonNode? intention) =>
        int.TryParse(intention.Text("Precedence"), CultureInfo.InvariantCulture, out var n) ? Math.Clamp(n, 0, 99) : 0;
}
