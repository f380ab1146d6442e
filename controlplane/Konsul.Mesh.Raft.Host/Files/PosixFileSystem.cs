namespace Konsul.Mesh.Raft.Host.Files;

internal sealed class PosixFileSystem : ILogFileSystem
{
    public void CreateDirectory(string path)
    {
        if (Directory.Exists(path))
        {
            return;
        }

        if (OperatingSystem.IsWindows())
        {
            throw new PlatformNotSupportedException("The log needs a POSIX system.");
        }

        // The log holds secrets (KV values, sealed keys): nobody else's to read.
        Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { Length: > 0 } parent)
        {
            Posix.SyncDirectory(parent);
        }
    }

    public IDisposable Lock(string path) => new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);

    public IReadOnlyList<string> List(string directory) =>
        [.. Directory.EnumerateFiles(directory).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];

    public ILogFile Create(string path) => new PosixFile(path, FileMode.Create);

    public ILogFile Open(string path) => new PosixFile(path, FileMode.Open);

    public void Rename(string from, string to) => File.Move(from, to, overwrite: true);

    public void Delete(string path) => File.Delete(path);

    public void SyncDirectory(string path) => Posix.SyncDirectory(path);
}
