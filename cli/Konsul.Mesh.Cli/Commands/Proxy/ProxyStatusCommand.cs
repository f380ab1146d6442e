using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Konsul.Mesh.Cli.Api;
using Konsul.Mesh.Cli.Output;

namespace Konsul.Mesh.Cli.Commands.Proxy;

/// <summary>Which proxies are connected, and whether they run on what was sent to them: SYNCED; STALE, when an answer is awaited;
/// NACKED, when the last update of some type was refused.</summary>
internal static class ProxyStatusCommand
{
    public static Command Create(CliEnvironment environment) =>
        new Command("status", "Show the proxies that are connected and whether they are in sync").Runs(environment, RunAsync);

    private static async Task<CommandResult> RunAsync(Invocation run)
    {
        var proxies = (await run.Api.GetAsync("/v1/mesh/proxies", run.Cancellation)).Array().SortedBy(p => p.Text("ProxyId"));
        return new CommandResult
        {
            Data = proxies,
            Table = TableView.Of(["PROXY", "SERVICE", "NODE", "STATUS", "CONNECTED", "TYPES+", "LAST ERROR+"], proxies.Select(Row)),
            Names = [.. proxies.Select(p => p.Text("ProxyId"))],
        };
    }

    private static string[] Row(JsonNode? proxy)
    {
        var types = proxy.Items("Resources").ToArray();
        var refused = types.Any(t => t.Text("LastNackError").Length > 0);
        var behind = types.Any(t => Count(t, "Sent") > Count(t, "Acked") + Count(t, "Nacked"));
        return
        [
            proxy.Text("ProxyId"), proxy.Text("Service"), proxy.Text("Node"),
            refused ? "NACKED" : behind ? "STALE" : "SYNCED",
            proxy.Text("ConnectedSince"),
            string.Join(' ', types.Select(t => $"{t.Text("Type")}={t.Text("Acked")}/{t.Text("Sent")}")),
            string.Join("; ", types.Select(t => t.Text("LastNackError")).Where(e => e.Length > 0).Distinct(StringComparer.Ordinal)),
        ];
    }

    private static long Count(JsonNode type, string name) => long.TryParse(type.Text(name), CultureInfo.InvariantCulture, out var n) ? n : 0;
}
