namespace Konsul.Mesh.Cli.Snapshots;

/// <summary>A snapshot in a file, found whole when it was opened.</summary>
internal sealed record SnapshotFile(FileStream Stream, SnapshotMeta Meta) : IAsyncDisposable
{
    /// <exception cref="CliException"><see cref="CliExit.BadFile"/>: it cannot be read, or is no whole snapshot.</exception>
    public static async Task<SnapshotFile> OpenAsync(string path, Action progress, CancellationToken cancellation)
    {
        FileStream? stream = null;
        try
        {
            stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1, useAsync: true);
            if (!stream.CanSeek)
            {
                throw new InvalidDataException("it is not a regular file");
            }

            var meta = await SnapshotArchive.VerifyAsync(stream, progress, cancellation);
            stream.Position = 0;
            var whole = new SnapshotFile(stream, meta);
            stream = null;
            return whole;
        }
        catch (InvalidDataException e)
        {
            throw new CliException(CliExit.BadFile, $"{path} is not a whole snapshot: {e.Message.TrimEnd('.')}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException(CliExit.BadFile, $"cannot read {path}: {e.Message}");
        }
        finally
        {
            if (stream is not null)
            {
                await stream.DisposeAsync();
            }
        }
    }

    public ValueTask DisposeAsync() => Stream.DisposeAsync();
}
