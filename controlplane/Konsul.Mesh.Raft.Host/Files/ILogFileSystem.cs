namespace Konsul.Mesh.Raft.Host.Files;

/// <summary>All that the log asks of a disk; small, so that a test's disk can lose, tear and refuse writes. Errors are IOExceptions.</summary>
internal interface ILogFileSystem
{
    void CreateDirectory(string path);

    /// <summary>Held until disposed.</summary>
    /// <exception cref="IOException">Another process holds it.</exception>
    IDisposable Lock(string path);

    /// <summary>File names without the directory, sorted.</summary>
    IReadOnlyList<string> List(string directory);

    /// <summary>An empty file, in place of what was there.</summary>
    ILogFile Create(string path);

    ILogFile Open(string path);

    void Rename(string from, string to);

    void Delete(string path);

    /// <summary>Makes creations, renames and deletions in the directory durable.</summary>
    void SyncDirectory(string path);
}
