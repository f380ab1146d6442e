using Konsul.Mesh.Raft.Host.Files;
using Konsul.Mesh.Raft.Host.Format;

namespace Konsul.Mesh.Raft.Host.Snapshots;

/// <summary>
/// Writes one snapshot beside its name; on any one thread, while the log goes on. Until <see cref="Complete"/> a crash or disposal leaves nothing.
/// </summary>
public sealed class SnapshotWriter : IDisposable
{
    private readonly LogDirectory _directory;
    private readonly Snapshot _meta;
    private readonly string _path;
    private readonly Action? _onClosed;
    private readonly ILogFile _file;
    private readonly SnapshotBodyWriter _body;
    private bool _complete;
    private bool _disposed;

    internal SnapshotWriter(LogDirectory directory, Snapshot meta, Action? onClosed = null)
    {
        (_directory, _meta, _onClosed) = (directory, meta, onClosed);
        _path = directory.FileOf(SnapshotFile.NameOf(meta.Index)) + LogDirectory.TemporarySuffix;
        _file = directory.Files.Create(_path);
        _body = new SnapshotBodyWriter(_file, FileHeader.Size);
        try
        {
            _file.WriteAll(0, SnapshotFile.Header(directory, meta));
            _body.Write(SnapshotFile.MembersSection(meta.Members));
        }
        catch (IOException e)
        {
            Dispose();
            throw e.IsDiskFull() ? Full(e) : e;
        }
    }

    /// <summary>Where the state machine writes. A full disk and any other error come as an IOException.</summary>
    public Stream Stream => _body;

    /// <summary>Ends and syncs the file. It counts after the log has taken it.</summary>
    /// <exception cref="DiskFullException">There is no space; dispose and try another time.</exception>
    /// <exception cref="IOException">The disk fails.</exception>
    public StagedSnapshot Complete()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        try
        {
            var hash = _body.Sha256();
            var length = _body.Length;
            _file.WriteAll(FileHeader.Size + length, SnapshotFile.Footer(length, hash));
            _file.Sync();
            _complete = true;
            return new StagedSnapshot(new SavedSnapshot(_meta, length, Convert.ToHexStringLower(hash)), _path);
        }
        catch (IOException e) when (e.IsDiskFull())
        {
            throw Full(e);
        }
    }

    /// <summary>Takes back what was not completed.</summary>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        _body.Dispose();
        _file.Dispose();
        try
        {
            if (!_complete)
            {
                _directory.Files.Delete(_path);
            }
        }
        catch (IOException)
        {
            // The next start removes it.
        }
        finally
        {
            _onClosed?.Invoke();
        }
    }

    private DiskFullException Full(IOException e) => new($"There is no space for the snapshot at {_meta.Index}: {e.Message}", e);
}
