using System.CommandLine;
using System.Text.Json.Nodes;
using Konsul.Mesh.Cli.Api;
using Konsul.Mesh.Cli.Output;

namespace Konsul.Mesh.Cli.Commands.Service;

/// <summary>The instances of a service. In JSON each has <c>address</c> and <c>port</c> in front, where scripts look, then the API's
/// entry.</summary>
internal static class ServiceGetCommand
{
    private static readonly Argument<string> Name = new("name") { Description = "Name of the service" };
    private static readonly Option<bool> All = new("--all") { Description = "Also instances that are not healthy" };

    public static Command Create(CliEnvironment environment) =>
        new Command("get", "Show the healthy instances of a service; exit 1 when there are none") { Name, All }.Runs(environment, RunAsync);

    private static async Task<CommandResult> RunAsync(Invocation run)
    {
        var name = run.Required(Name);
        var query = run.Value(All) ? "" : "?passing";
        var entries = (await run.Api.GetAsync($"/v1/health/service/{ApiPath.Segment(name)}{query}", run.Cancellation)).Array()
            .SortedBy(e => e.Member("Service").Text("ID"));
        return new CommandResult
        {
            Code = entries.Count > 0 ? CliExit.Ok : CliExit.Failed,
            Data = new JsonArray([.. entries.OfType<JsonObject>().Select(WithAddress)]),
            Table = TableView.Of(["ID", "ADDRESS", "PORT", "STATUS", "TAGS", "NODE+"], entries.Select(Row)),
            Names = [.. entries.Select(e => e.Member("Service").Text("ID"))],
            Message = entries.Count > 0 ? null : $"konsulctl: {(run.Value(All) ? "no" : "no healthy")} instance of {name}",
        };
    }

    private static string[] Row(JsonNode? entry)
    {
        var service = entry.Member("Service");
        return
        [
            service.Text("ID"), AddressOf(entry), service.Text("Port"), StatusOf(entry), service.Text("Tags"), entry.Member("Node").Text("Node"),
        ];
    }

    private static JsonNode WithAddress(JsonObject entry)
    {
        var node = new JsonObject { ["address"] = AddressOf(entry), ["port"] = entry.Member("Service").Member("Port")?.DeepClone() ?? 0 };
        foreach (var (key, value) in entry)
        {
            node[key] = value?.DeepClone();
        }

        return node;
    }

    private static string AddressOf(JsonNode? entry) =>
        entry.Member("Service").Text("Address") is { Length: > 0 } own ? own : entry.Member("Node").Text("Address");

    /// <summary>The worst of its checks, as Consul counts.</summary>
    private static string StatusOf(JsonNode? entry)
    {
        var statuses = entry.Items("Checks").Select(c => c.Text("Status")).ToHashSet(StringComparer.Ordinal);
        return statuses.Contains("critical") ? "critical" : statuses.Contains("warning") ? "warning" : "passing";
    }
}
