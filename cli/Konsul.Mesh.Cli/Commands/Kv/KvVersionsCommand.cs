using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using Konsul.Mesh.Cli.Api;
using Konsul.Mesh.Cli.Output;

namespace Konsul.Mesh.Cli.Commands.Kv;

/// <summary>The newest first, as the server keeps them.</summary>
internal static class KvVersionsCommand
{
    private const int MaxShown = 60;

    public static Command Create(CliEnvironment environment) =>
        new Command("versions", "List the values that a key has had, as far as they are kept") { KvCommands.Key }.Runs(environment, RunAsync);

    private static async Task<CommandResult> RunAsync(Invocation run)
    {
        var key = KvCommands.KeyOf(run);
        var answer = await run.Api.GetAsync($"/v1/kv/{ApiPath.Key(key)}?versions", run.Cancellation);
        if (!answer.IsFound)
        {
            throw new CliException(CliExit.Failed, $"there is no key {key}, and none of its values is kept");
        }

        var versions = answer.Array();
        return new CommandResult
        {
            Data = versions,
            Table = TableView.Of(["VERSION", "STATE", "INDEX", "VALUE"], versions.Select(v => new[]
            {
                v.Text("Version"), v.Member("ReplacedIndex") is null ? "current" : "past", v.Text("ModifyIndex"), Shown(KvCommands.ValueOf(v)),
            })),
            Names = [.. versions.Select(v => v.Text("Version"))],
        };
    }

    private static string Shown(byte[] value)
    {
        var text = Encoding.UTF8.GetString(value.AsSpan(0, Math.Min(value.Length, MaxShown * 4)));
        return text.Length > MaxShown ? text[..MaxShown] + "..." : text;
    }
}
