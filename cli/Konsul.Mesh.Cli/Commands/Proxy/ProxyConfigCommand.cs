using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Konsul.Mesh.Cli.Api;
using Konsul.Mesh.Cli.Output;

namespace Konsul.Mesh.Cli.Commands.Proxy;

/// <summary>One part of a proxy's <c>/config_dump</c>. Tables show whatever plain fields the entries have.</summary>
internal static class ProxyConfigCommand
{
    private static readonly string[] Kinds = ["clusters", "listeners", "routes", "endpoints", "all"];

    private static readonly Argument<string> Kind = new("kind") { Description = string.Join(", ", Kinds) };
    private static readonly Option<string> AdminAddress = new("--admin-addr")
    {
        Description = "Admin endpoint of the proxy",
        HelpName = "HOST:PORT",
        DefaultValueFactory = _ => "127.0.0.1:9090",
    };

    public static Command Create(CliEnvironment environment) =>
        new Command("config", "Show what a proxy runs on") { Kind, AdminAddress }.Runs(environment, RunAsync);

    private static async Task<CommandResult> RunAsync(Invocation run)
    {
        var kind = run.Required(Kind);
        if (!Kinds.Contains(kind))
        {
            throw new CliException(CliExit.Usage, $"\"{kind}\" must be one of {string.Join(", ", Kinds)}");
        }

        using var admin = new ApiClient(Settings.AddressOf(run.Value(AdminAddress)!), run.Settings with { Token = null }, run.Environment);
        var answer = await admin.GetAsync("/config_dump", run.Cancellation);
        if (!answer.IsFound)
        {
            throw new CliException(CliExit.Failed, $"{run.Value(AdminAddress)} has no /config_dump; is it the admin endpoint of konsul-proxy?");
        }

        var dump = answer.Object();
        if (kind == "all")
        {
            var parts = Kinds[..^1].SelectMany(k => Entries(dump, k).Select(e => new[] { k, NameOf(e) }));
            return new CommandResult
            {
                Data = dump,
                Table = TableView.Of(["KIND", "NAME"], parts),
                Names = [.. parts.Select(p => $"{p[0]}/{p[1]}")],
            };
        }

        var entries = Entries(dump, kind);
        return new CommandResult
        {
            Data = new JsonArray([.. entries.Select(e => e.DeepClone())]),
            Table = TableOf(entries),
            Names = [.. entries.Select(NameOf)],
        };
    }

    /// <summary>A list of objects, a map of name to object, or a map of name to list of objects (endpoints by cluster).</summary>
    private static JsonObject[] Entries(JsonObject dump, string kind) => dump.Member(kind) switch
    {
        JsonArray list => [.. list.OfType<JsonObject>()],
        JsonObject map => [.. map.OrderBy(p => p.Key, StringComparer.Ordinal).SelectMany(p => p.Value switch
        {
            JsonArray list => list.OfType<JsonObject>().Select(e => Named(e, "Cluster", p.Key)),
            JsonObject entry => [Named(entry, "Name", p.Key)],
            _ => [],
        })],
        null when kind == "endpoints" =>
        [
            .. Entries(dump, "clusters").SelectMany(
                c => c.Items("Endpoints").OfType<JsonObject>().Select(e => Named(e, "Cluster", NameOf(c)))),
        ],
        _ => [],
    };

    private static JsonObject Named(JsonObject entry, string field, string name)
    {
        if (entry.Member(field) is not null)
        {
            return entry;
        }

        var named = new JsonObject { [field] = name };
        foreach (var (key, value) in entry)
        {
            named[key] = value?.DeepClone();
        }

        return named;
    }

    private static string NameOf(JsonObject entry) =>
        new[] { "Name", "Id", "Host" }.Select(f => entry.Text(f)).FirstOrDefault(t => t.Length > 0) ?? "";

    private static TableView TableOf(JsonObject[] entries)
    {
        string[] fields =
        [
            .. entries.SelectMany(e => e).Where(p => p.Value is null or JsonValue || IsPlainList(p.Value)).Select(p => p.Key)
                .Distinct(StringComparer.OrdinalIgnoreCase),
        ];
        return fields.Length == 0 ? TableView.Of(["NAME"], []) : TableView.Of(
            [.. fields.Select(f => f.ToUpperInvariant())], entries.Select(e => Array.ConvertAll(fields, f => e.Text(f))));
    }

    private static bool IsPlainList(JsonNode node) =>
        node is JsonArray list && list.All(i => i is JsonValue && i.GetValueKind() != JsonValueKind.Object);
}
