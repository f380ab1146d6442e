using System.CommandLine;
using System.Globalization;
using Konsul.Mesh.Cli.Output;
using Konsul.Mesh.Cli.Snapshots;

namespace Konsul.Mesh.Cli.Commands.Snapshot;

/// <summary>The file appears under its name when it is whole and verified, or not at all. Only its owner can read it: it holds
/// secrets.</summary>
internal static class SnapshotSaveCommand
{
    public static Command Create(CliEnvironment environment) =>
        new Command("save", "Save the servers' state to a file; --timeout counts while nothing moves") { SnapshotCommands.File }.Runs(environment, RunAsync);

    private static async Task<CommandResult> RunAsync(Invocation run)
    {
        var path = SnapshotCommands.FileOf(run);
        SnapshotMeta meta;
        try
        {
            meta = await SaveAsync(run, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException(CliExit.Failed, $"cannot write {path}: {e.Message}");
        }

        var data = meta.ToJson();
        data["File"] = path;
        return new CommandResult
        {
            Data = data,
            Names = [path],
            Message = string.Create(CultureInfo.InvariantCulture, $"Saved index {meta.Index} to {path}."),
        };
    }

    private static async Task<SnapshotMeta> SaveAsync(Invocation run, string path)
    {
        var partial = path + ".new";
        var options = new FileStreamOptions
        {
            // Not over a file that is there: another save may be writing it.
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            Options = FileOptions.Asynchronous,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        await using var file = new FileStream(partial, options);
        try
        {
            var meta = await DownloadAsync(run, file);
            file.Flush(flushToDisk: true);
            File.Move(partial, path, overwrite: true);
            return meta;
        }
        catch
        {
            File.Delete(partial);
            throw;
        }
    }

    private static async Task<SnapshotMeta> DownloadAsync(Invocation run, FileStream file)
    {
        if (!(await run.Api.DownloadAsync(SnapshotCommands.Path, file, run.Progress, run.Cancellation)).IsFound)
        {
            throw SnapshotCommands.NotFound();
        }

        file.Position = 0;
        try
        {
            return await SnapshotArchive.VerifyAsync(file, run.Progress, run.Cancellation);
        }
        catch (InvalidDataException e)
        {
            throw new CliException(CliExit.Failed, $"the server's answer is not a whole snapshot: {e.Message.TrimEnd('.')}");
        }
    }
}
