using Konsul.Mesh.Raft.Host.Files;
using Konsul.Mesh.Raft.Host.Format;

namespace Konsul.Mesh.Raft.Host.Snapshots;

/// <summary>A snapshot open for reading, from any thread; it stays readable when the log moves on and deletes the file.</summary>
public sealed class SnapshotReader : IDisposable
{
    private readonly ILogFile _file;
    private readonly string _path;
    private readonly long _stateStart;

    private SnapshotReader(ILogFile file, string path, SavedSnapshot saved, long stateStart) =>
        (_file, _path, Saved, _stateStart) = (file, path, saved, stateStart);

    public SavedSnapshot Saved { get; }

    /// <summary>One chunk of the content, from any offset, for sending.</summary>
    /// <param name="offset">In the content; from 0 to its length.</param>
    /// <param name="into">At least one byte.</param>
    /// <param name="crc">CRC-32C (RFC 3720) of the bytes.</param>
    /// <returns>How many bytes; less than asked for only at the end, 0 there.</returns>
    /// <exception cref="IOException">The disk fails or the file was cut.</exception>
    public int ReadChunk(long offset, Span<byte> into, out uint crc)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Saved.Length);
        var size = (int)Math.Min(into.Length, Saved.Length - offset);
        if (_file.ReadAll(FileHeader.Size + offset, into[..size]) < size)
        {
            throw new IOException($"{_path} ends before byte {FileHeader.Size + offset + size}.");
        }

        crc = ~Checksum.Crc32C(into[..size]);
        return size;
    }

    /// <summary>What the state machine wrote.</summary>
    public Stream OpenState() => new SnapshotBodyReader(_file, FileHeader.Size + _stateStart, Saved.Length - _stateStart);

    /// <summary>Reads all of it; to be called when a receiver says that the hash does not fit.</summary>
    /// <exception cref="LogDamagedException">The content is not what was written.</exception>
    public void Verify() => SnapshotFile.Verify(_file, _path, Saved);

    public void Dispose() => _file.Dispose();

    /// <exception cref="LogDamagedException">With file and offset.</exception>
    internal static SnapshotReader Open(LogDirectory directory, ulong index)
    {
        var path = directory.FileOf(SnapshotFile.NameOf(index));
        var file = directory.Files.Open(path);
        try
        {
            var (saved, stateStart) = SnapshotFile.Inspect(directory, file, path, index);
            return new SnapshotReader(file, path, saved, stateStart);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}
