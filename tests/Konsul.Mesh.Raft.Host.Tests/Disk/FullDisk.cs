using Konsul.Mesh.Raft.Host.Files;

namespace Konsul.Mesh.Raft.Host.Tests.Disk;

/// <summary>A real directory on a disk that is full whenever a test says so: nothing can be written then.</summary>
internal sealed class FullDisk : ILogFileSystem
{
    private const int NoSpace = 28;
    private readonly PosixFileSystem _real = new();

    public volatile bool IsFull;

    public void CreateDirectory(string path) => _real.CreateDirectory(path);

    public IDisposable Lock(string path) => _real.Lock(path);

    public IReadOnlyList<string> List(string directory) => _real.List(directory);

    public ILogFile Create(string path) => new File(this, _real.Create(path));

    public ILogFile Open(string path) => new File(this, _real.Open(path));

    public void Rename(string from, string to) => _real.Rename(from, to);

    public void Delete(string path) => _real.Delete(path);

    public void SyncDirectory(string path) => _real.SyncDirectory(path);

    private void Check()
    {
        if (IsFull)
        {
            throw new IOException("No space left on device", NoSpace);
        }
    }

    private sealed class File(FullDisk disk, ILogFile real) : ILogFile
    {
        public long Length => real.Length;

        public void Preallocate(long length)
        {
            disk.Check();
            real.Preallocate(length);
        }

        public void Truncate(long length) => real.Truncate(length);

        public int Read(long offset, Span<byte> into) => real.Read(offset, into);

        public int Write(long offset, ReadOnlySpan<byte> bytes)
        {
            disk.Check();
            return real.Write(offset, bytes);
        }

        public void Sync() => real.Sync();

        public void DropCache() => real.DropCache();

        public void Dispose() => real.Dispose();
    }
}
