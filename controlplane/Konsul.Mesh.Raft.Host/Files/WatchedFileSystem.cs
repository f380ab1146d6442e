namespace Konsul.Mesh.Raft.Host.Files;

/// <summary>Reports every failed change of the disk, but for a lack of space, to one place, whoever made it. A failed sync is always reported.</summary>
internal sealed class WatchedFileSystem(ILogFileSystem files, Action<IOException> onFailure) : ILogFileSystem
{
    public void CreateDirectory(string path) => Watch(() => files.CreateDirectory(path));

    public IDisposable Lock(string path) => files.Lock(path);

    public IReadOnlyList<string> List(string directory) => files.List(directory);

    public ILogFile Create(string path)
    {
        ILogFile? file = null;
        Watch(() => file = files.Create(path));
        return new WatchedFile(this, file!);
    }

    public ILogFile Open(string path) => new WatchedFile(this, files.Open(path));

    public void Rename(string from, string to) => Watch(() => files.Rename(from, to));

    public void Delete(string path) => Watch(() => files.Delete(path));

    public void SyncDirectory(string path) => Watch(() => files.SyncDirectory(path), evenIfFull: true);

    private void Watch(Action change, bool evenIfFull = false)
    {
        try
        {
            change();
        }
        catch (IOException e) when (evenIfFull || !e.IsDiskFull())
        {
            onFailure(e);
            throw new IOException(e.Message, e);
        }
    }

    private sealed class WatchedFile(WatchedFileSystem owner, ILogFile file) : ILogFile
    {
        public long Length => file.Length;

        public void Preallocate(long length) => owner.Watch(() => file.Preallocate(length));

        public void Truncate(long length) => owner.Watch(() => file.Truncate(length));

        public int Read(long offset, Span<byte> into) => file.Read(offset, into);

        public int Write(long offset, ReadOnlySpan<byte> bytes)
        {
            try
            {
                return file.Write(offset, bytes);
            }
            catch (IOException e) when (!e.IsDiskFull())
            {
                owner.Watch(() => throw e);
                throw;
            }
        }

        public void Sync() => owner.Watch(file.Sync, evenIfFull: true);

        public void DropCache() => file.DropCache();

        public void Dispose() => file.Dispose();
    }
}
