using Microsoft.Win32.SafeHandles;

namespace Konsul.Mesh.Raft.Host.Files;

internal sealed class PosixFile(string path, FileMode mode) : ILogFile
{
    private readonly SafeFileHandle _handle = File.OpenHandle(path, mode, FileAccess.ReadWrite, FileShare.ReadWrite);

    public long Length => RandomAccess.GetLength(_handle);

    public void Preallocate(long length) => Posix.Allocate(_handle, length, path);

    public void Truncate(long length) => RandomAccess.SetLength(_handle, length);

    public int Read(long offset, Span<byte> into) => RandomAccess.Read(_handle, into, offset);

    public int Write(long offset, ReadOnlySpan<byte> bytes)
    {
        RandomAccess.Write(_handle, bytes, offset);
        return bytes.Length;
    }

    public void Sync() => Posix.DataSync(_handle, path);

    public void DropCache() => Posix.DropCache(_handle, path);

    public void Dispose() => _handle.Dispose();
}
