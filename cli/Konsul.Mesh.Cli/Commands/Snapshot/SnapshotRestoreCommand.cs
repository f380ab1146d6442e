using System.CommandLine;
using System.Globalization;
using Konsul.Mesh.Cli.Output;
using Konsul.Mesh.Cli.Snapshots;

namespace Konsul.Mesh.Cli.Commands.Snapshot;

internal static class SnapshotRestoreCommand
{
    public static Command Create(CliEnvironment environment) =>
        new Command("restore", "Replace the servers' state by a file; --timeout counts while nothing moves") { SnapshotCommands.File }
            .Runs(environment, RunAsync);

    private static async Task<CommandResult> RunAsync(Invocation run)
    {
        var path = SnapshotCommands.FileOf(run);
        await using var file = await SnapshotFile.OpenAsync(path, run.Progress, run.Cancellation);
        if (!(await run.Api.UploadAsync(SnapshotCommands.Path, file.Stream, run.Progress, run.Cancellation)).IsFound)
        {
            throw SnapshotCommands.NotFound();
        }

        var data = file.Meta.ToJson();
        data["File"] = path;
        return new CommandResult
        {
            Data = data,
            Names = [path],
            Message = string.Create(CultureInfo.InvariantCulture, $"Restored index {file.Meta.Index} from {path}."),
        };
    }
}
