using System.CommandLine;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Konsul.Mesh.Cli.Api;
using Konsul.Mesh.Cli.Output;

namespace Konsul.Mesh.Cli.Commands.Kv;

/// <summary>In the form of Consul's own export, so that either's file can be imported by the other.</summary>
internal static class KvExportCommand
{
    private static readonly JsonSerializerOptions Form = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly Argument<string?> Prefix = new("prefix")
    {
        Arity = ArgumentArity.ZeroOrOne,
        Description = "What keys start with [default: all]",
    };

    public static Command Create(CliEnvironment environment) =>
        new Command("export", "Print keys with their values and flags as JSON, for kv import") { Prefix }.Runs(environment, RunAsync);

    private static async Task<CommandResult> RunAsync(Invocation run)
    {
        var answer = await run.Api.GetAsync($"/v1/kv/{ApiPath.Key(run.Value(Prefix) ?? "")}?recurse", run.Cancellation);
        var entries = new JsonArray([.. (answer.IsFound ? answer.Array() : []).Select(pair => new JsonObject
        {
            ["key"] = pair.Text("Key"),
            ["flags"] = pair.Member("Flags")?.DeepClone() ?? 0,
            ["value"] = pair.Text("Value"),
        })]);
        return new CommandResult
        {
            Data = entries,
            Raw = Encoding.UTF8.GetBytes(entries.ToJsonString(Form) + "\n"),
            Names = [.. entries.Select(e => e.Text("key"))],
        };
    }
}
