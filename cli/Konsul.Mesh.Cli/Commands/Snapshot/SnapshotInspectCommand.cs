using System.CommandLine;
using System.Globalization;
using Konsul.Mesh.Cli.Output;
using Konsul.Mesh.Cli.Snapshots;

namespace Konsul.Mesh.Cli.Commands.Snapshot;

/// <summary>Needs no server.</summary>
internal static class SnapshotInspectCommand
{
    public static Command Create(CliEnvironment environment) =>
        new Command("inspect", "Verify a file and show what is in it; exit 65 when it is not whole") { SnapshotCommands.File }.Runs(environment, RunAsync);

    private static async Task<CommandResult> RunAsync(Invocation run)
    {
        await using var file = await SnapshotFile.OpenAsync(SnapshotCommands.FileOf(run), run.Progress, run.Cancellation);
        var meta = file.Meta;
        return new CommandResult
        {
            Data = meta.ToJson(),
            Table = TableView.Of(
                ["ID", "INDEX", "TERM", "VERSION", "SIZE"],
                [[meta.Id, Text(meta.Index), Text(meta.Term), meta.Version, Text(meta.Size)]]),
            Names = [meta.Id],
        };
    }

    private static string Text(IFormattable number) => number.ToString(null, CultureInfo.InvariantCulture);
}
