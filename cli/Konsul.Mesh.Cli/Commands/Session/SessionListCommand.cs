using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Konsul.Mesh.Cli.Api;
using Konsul.Mesh.Cli.Output;

namespace Konsul.Mesh.Cli.Commands.Session;

internal static class SessionListCommand
{
    private static readonly Option<string?> Node = new("--node") { Description = "Only those of this node", HelpName = "NODE" };

    public static Command Create(CliEnvironment environment) =>
        new Command("list", "List sessions") { Node }.Runs(environment, RunAsync);

    internal static TableView Table(IEnumerable<JsonNode?> sessions) => TableView.Of(
        ["ID", "NAME", "NODE", "TTL", "BEHAVIOR", "LOCK-DELAY+", "CHECKS+"],
        sessions.Select(s => new[]
        {
            s.Text("ID"), s.Text("Name"), s.Text("Node"), s.Text("TTL"), s.Text("Behavior"), Seconds(s.Text("LockDelay")), s.Text("NodeChecks"),
        }));

    private static async Task<CommandResult> RunAsync(Invocation run)
    {
        var path = run.Value(Node) is { Length: > 0 } node ? $"/v1/session/node/{ApiPath.Segment(node)}" : "/v1/session/list";
        var sessions = (await run.Api.GetAsync(path, run.Cancellation)).Array().SortedBy(s => s.Text("ID"));
        return new CommandResult { Data = sessions, Table = Table(sessions), Names = [.. sessions.Select(s => s.Text("ID"))] };
    }

    private static string Seconds(string nanoseconds) =>
        decimal.TryParse(nanoseconds, CultureInfo.InvariantCulture, out var n) ? string.Create(CultureInfo.InvariantCulture, $"{n / 1_000_000_000m:0.###}s") : "";
}
