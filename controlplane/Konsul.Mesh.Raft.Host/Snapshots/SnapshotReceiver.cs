using System.Globalization;
using System.Security.Cryptography;
using Konsul.Mesh.Raft.Host.Files;
using Konsul.Mesh.Raft.Host.Format;

namespace Konsul.Mesh.Raft.Host.Snapshots;

/// <summary>
/// Takes a snapshot in chunks, in order, into a partial file whose name is the offer: it survives a restart, and the same offer goes on behind
/// the last byte. Not thread-safe. Only one at a time: another offer takes the place of a partial one.
/// </summary>
public sealed class SnapshotReceiver : IDisposable
{
    /// <summary>Bytes of one chunk.</summary>
    public const int MaxChunk = 4 * 1024 * 1024;

    private const string Prefix = "incoming-";
    private const string Suffix = ".part";

    private readonly LogDirectory _directory;
    private readonly SavedSnapshot _offered;
    private readonly string _path;
    private readonly Action _onClosed;
    private ILogFile _file;
    private IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private bool _disposed;

    private SnapshotReceiver(LogDirectory directory, SavedSnapshot offered, string path, ILogFile file, Action onClosed) =>
        (_directory, _offered, _path, _file, _onClosed) = (directory, offered, path, file, onClosed);

    /// <summary>Bytes held: where the next chunk must start.</summary>
    public long Offset { get; private set; }

    public bool IsFull => Offset == _offered.Length;

    /// <summary>Takes one chunk.</summary>
    /// <param name="offset">Must be <see cref="Offset"/>.</param>
    /// <param name="bytes">1 to <see cref="MaxChunk"/>.</param>
    /// <param name="crc">CRC-32C (RFC 3720) of the bytes.</param>
    /// <exception cref="SnapshotRefusedException">Says why, and where to go on.</exception>
    /// <exception cref="DiskFullException">The chunk was not taken; send it again when there is space.</exception>
    /// <exception cref="IOException">The disk fails.</exception>
    public void Write(long offset, ReadOnlySpan<byte> bytes, uint crc)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (offset != Offset)
        {
            throw Refuse(SnapshotRefusal.WrongOffset, $"The chunk starts at byte {offset}, expected {Offset}.");
        }

        if (bytes.Length is 0 or > MaxChunk || bytes.Length > _offered.Length - Offset)
        {
            throw Refuse(
                SnapshotRefusal.BadChunk, $"A chunk of {bytes.Length} bytes at {offset}: allowed are 1 to {Math.Min(MaxChunk, _offered.Length - Offset)}.");
        }

        if (~Checksum.Crc32C(bytes) != crc)
        {
            throw Refuse(SnapshotRefusal.BadChecksum, $"The checksum of the chunk at byte {offset} does not match.");
        }

        try
        {
            _file.WriteAll(FileHeader.Size + offset, bytes);
        }
        catch (IOException e) when (e.IsDiskFull())
        {
            throw new DiskFullException($"There is no space for the snapshot at {_offered.Meta.Index} that is being received: {e.Message}", e);
        }

        _hash.AppendData(bytes);
        Offset += bytes.Length;
    }

    /// <summary>Checks the whole, ends and syncs the file. It counts after the log has taken it.</summary>
    /// <exception cref="SnapshotRefusedException">It is not complete, or not what was offered; in the second case it starts again at 0.</exception>
    /// <exception cref="DiskFullException">Try again when there is space.</exception>
    /// <exception cref="IOException">The disk fails.</exception>
    public StagedSnapshot Complete()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (!IsFull)
        {
            throw Refuse(SnapshotRefusal.Incomplete, $"{Offset} of {_offered.Length} bytes are here.");
        }

        var hash = _hash.GetCurrentHash();
        if (Convert.ToHexStringLower(hash) != _offered.Sha256)
        {
            Restart();
            throw Refuse(SnapshotRefusal.WrongHash, $"What was received has the hash {Convert.ToHexStringLower(hash)}, offered was {_offered.Sha256}.");
        }

        if (SnapshotFile.ReadMembers(_file, _offered.Length) is not { } found || found.Members != _offered.Meta.Members)
        {
            Restart();
            throw Refuse(SnapshotRefusal.WrongHash, "What was received holds another configuration than the offer.");
        }

        try
        {
            _file.WriteAll(FileHeader.Size + _offered.Length, SnapshotFile.Footer(_offered.Length, hash));
        }
        catch (IOException e) when (e.IsDiskFull())
        {
            throw new DiskFullException($"There is no space for the end of the snapshot at {_offered.Meta.Index}: {e.Message}", e);
        }

        _file.Sync();
        return new StagedSnapshot(_offered, _path);
    }

    /// <summary>Closes it; what was received stays for the same offer.</summary>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            _hash.Dispose();
            _file.Dispose();
            _onClosed();
        }
    }

    internal static SnapshotReceiver Open(LogDirectory directory, SavedSnapshot offered, Action onClosed)
    {
        var meta = offered.Meta;
        var name = $"{Prefix}{meta.Index}-{meta.Term}-{offered.Length}-{offered.Sha256}{Suffix}";
        RemovePartials(directory, n => n != name);
        var path = directory.FileOf(name);
        var exists = directory.Files.List(directory.Path).Contains(name, StringComparer.Ordinal);
        var file = exists ? directory.Files.Open(path) : directory.Files.Create(path);
        var receiver = new SnapshotReceiver(directory, offered, path, file, onClosed);
        try
        {
            receiver.Resume();
            return receiver;
        }
        catch
        {
            receiver.Dispose();
            throw;
        }
    }

    /// <summary>Deletes partial files of snapshots that are no newer than this.</summary>
    internal static void RemoveStale(LogDirectory directory, ulong snapshotIndex) => RemovePartials(
        directory, name => !ulong.TryParse(name.Split('-')[1], NumberStyles.None, CultureInfo.InvariantCulture, out var index) || index <= snapshotIndex);

    private static void RemovePartials(LogDirectory directory, Func<string, bool> which)
    {
        foreach (var name in directory.Files.List(directory.Path))
        {
            if (name.StartsWith(Prefix, StringComparison.Ordinal) && name.EndsWith(Suffix, StringComparison.Ordinal) && which(name))
            {
                directory.Files.Delete(directory.FileOf(name));
            }
        }
    }

    private void Resume()
    {
        var header = SnapshotFile.Header(_directory, _offered.Meta);
        var found = new byte[FileHeader.Size];
        if (_file.ReadAll(0, found) == FileHeader.Size && found.AsSpan().SequenceEqual(header))
        {
            Offset = SnapshotFile.AddContent(_hash, _file, Math.Min(_offered.Length, _file.Length - FileHeader.Size));
            if (_file.Length > FileHeader.Size + Offset)
            {
                _file.Truncate(FileHeader.Size + Offset);
            }

            return;
        }

        Restart();
    }

    private void Restart()
    {
        _file.Dispose();
        _hash.Dispose();
        _file = _directory.Files.Create(_path);
        _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        _file.WriteAll(0, SnapshotFile.Header(_directory, _offered.Meta));
        Offset = 0;
    }

    private SnapshotRefusedException Refuse(SnapshotRefusal refusal, string message) => new(refusal, Offset, message);
}
