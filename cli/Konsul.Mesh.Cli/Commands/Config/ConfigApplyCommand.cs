using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using Konsul.Mesh.Cli.ConfigFiles;
using Konsul.Mesh.Cli.Output;
using Konsul.Mesh.Model.Chains;
using Konsul.Mesh.Model.ConfigEntries;

namespace Konsul.Mesh.Cli.Commands.Config;

/// <summary>Makes the server's entries say what the files of a directory say. Entries that no file mentions stay.</summary>
internal static class ConfigApplyCommand
{
    private static readonly Argument<string> Folder = new("dir") { Description = "Directory, or file, of YAML and JSON" };
    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "Show the difference, write nothing; exit 0" };

    /// <summary>What others refer to comes first, so that each write keeps the common rules.</summary>
    private static readonly string[] Order =
    [
        ProxyDefaults.KindWord, MeshConfig.KindWord, ServiceDefaults.KindWord, JwtProvider.KindWord, ServiceResolver.KindWord, ServiceSplitter.KindWord,
        ServiceRouter.KindWord, ServiceIntentions.KindWord,
    ];

    private sealed record Step(string Action, ConfigEntry Entry, ulong Cas, IReadOnlyList<string> Lines)
    {
        public string Key => $"{Entry.Kind}/{Entry.Name}";
    }

    public static Command Create(CliEnvironment environment) =>
        new Command("apply", "Bring the server's entries up to those of a directory") { Folder, DryRun }.Runs(environment, RunAsync);

    private static async Task<CommandResult> RunAsync(Invocation run)
    {
        var folder = run.Required(Folder);
        var wanted = EntrySet.ReadFiles([folder]);
        if (wanted.Count == 0)
        {
            throw new CliException(CliExit.BadFile, $"{folder} holds no entries");
        }

        var current = await ConfigCommands.FetchAsync(run, ConfigEntryReader.Kinds);
        var steps = wanted.Select(w => StepOf(current.Find(w.Entry.Kind, w.Entry.Name), w.Entry)).OrderBy(s => OrderOf(s.Entry.Kind)).ToList();
        foreach (var (_, entry) in wanted)
        {
            current.Put(entry);
        }

        if (ConfigGraph.Problem(current) is { } problem)
        {
            throw new CliException(CliExit.BadFile, $"the entries would not fit together: {problem}");
        }

        var dry = run.Value(DryRun);
        var changes = steps.Where(s => s.Lines.Count > 0).ToList();
        foreach (var step in dry ? [] : changes)
        {
            await WriteAsync(run, step);
        }

        return new CommandResult
        {
            Data = new JsonArray([.. steps.Select(s => (JsonNode)new JsonObject
            {
                ["Kind"] = s.Entry.Kind,
                ["Name"] = s.Entry.Name,
                ["Action"] = s.Action,
                ["Changes"] = new JsonArray([.. s.Lines.Select(l => (JsonNode)l)]),
            })]),
            Raw = Encoding.UTF8.GetBytes(Show(changes)),
            Names = [.. changes.Select(s => s.Key)],
            Message = $"{(dry ? "Would change" : "Changed")} {changes.Count} of {steps.Count} entries.",
        };
    }

    private static Step StepOf(ConfigEntry? before, ConfigEntry after)
    {
        var lines = ConfigDifference.Of(before, after);
        return new Step(before is null ? "create" : lines.Count == 0 ? "unchanged" : "update", after, before?.ModifyIndex ?? 0, lines);
    }

    private static int OrderOf(string kind) => Array.IndexOf(Order, kind) is >= 0 and var at ? at : Order.Length;

    private static async Task WriteAsync(Invocation run, Step step)
    {
        var answer = await run.Api.PutAsync($"/v1/config{ConfigCommands.CasQuery(step.Cas)}", ConfigEntryWriter.ToBytes(step.Entry), run.Cancellation);
        run.Progress();
        if (answer.Text != "true")
        {
            throw new CliException(CliExit.Failed, $"{step.Key} was changed by somebody else meanwhile; run again");
        }
    }

    private static string Show(IEnumerable<Step> steps)
    {
        var text = new StringBuilder();
        foreach (var step in steps)
        {
            text.Append(step.Action).Append(' ').Append(step.Key).Append('\n');
            foreach (var line in step.Lines.Where(l => !l.StartsWith("+ Kind:", StringComparison.Ordinal) && !l.StartsWith("+ Name:", StringComparison.Ordinal)))
            {
                text.Append("  ").Append(line).Append('\n');
            }
        }

        return text.ToString();
    }
}
