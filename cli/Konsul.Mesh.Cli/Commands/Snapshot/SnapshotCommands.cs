using System.CommandLine;

namespace Konsul.Mesh.Cli.Commands.Snapshot;

internal static class SnapshotCommands
{
    internal const string Path = "/v1/snapshot";

    internal static readonly Argument<string> File = new("file") { Description = "The archive, for example konsul.snap" };

    public static Command Create(CliEnvironment environment) => new("snapshot", "The servers' whole state as one file")
    {
        SnapshotSaveCommand.Create(environment),
        SnapshotRestoreCommand.Create(environment),
        SnapshotInspectCommand.Create(environment),
    };

    internal static string FileOf(Invocation run) => run.Required(File) is { Length: > 0 } file
        ? file
        : throw new CliException(CliExit.Usage, "the name of the file must not be empty");

    internal static CliException NotFound() =>
        new(CliExit.Failed, $"there is no {Path}; is this the address of konsul-server's HTTP API?");
}
