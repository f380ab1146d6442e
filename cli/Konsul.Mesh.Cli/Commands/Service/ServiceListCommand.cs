using System.CommandLine;
using System.Text.Json.Nodes;
using Konsul.Mesh.Cli.Api;
using Konsul.Mesh.Cli.Output;

namespace Konsul.Mesh.Cli.Commands.Service;

internal static class ServiceListCommand
{
    public static Command Create(CliEnvironment environment) =>
        new Command("list", "List the services of the catalog").Runs(environment, RunAsync);

    private static async Task<CommandResult> RunAsync(Invocation run)
    {
        var services = (await run.Api.GetAsync("/v1/catalog/services", run.Cancellation)).Object()
            .OrderBy(s => s.Key, StringComparer.Ordinal).ToArray();
        return new CommandResult
        {
            Data = new JsonArray([.. services.Select(s => new JsonObject
            {
                ["Name"] = s.Key,
                ["Tags"] = s.Value is JsonArray tags ? tags.DeepClone() : new JsonArray(),
            })]),
            Table = TableView.Of(["NAME", "TAGS"], services.Select(s => new[] { s.Key, JsonReading.Text(s.Value) })),
            Names = [.. services.Select(s => s.Key)],
        };
    }
}
