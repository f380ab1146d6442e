using Konsul.Mesh.Raft.Host.Files;
using Konsul.Mesh.Raft.Host.Format;

namespace Konsul.Mesh.Raft.Host;

/// <summary>Where a log lives, and whose it is.</summary>
internal sealed record LogDirectory(ILogFileSystem Files, string Path, LogIdentity Identity, long SegmentBytes, TimeProvider Time)
{
    /// <summary>Of files that are not under their own name yet; removed at the next start.</summary>
    public const string TemporarySuffix = ".tmp";

    /// <summary>Of what was found bad and is kept for a human.</summary>
    public const string BrokenSuffix = ".broken";

    /// <summary>How long each sync of a segment took.</summary>
    public Action<TimeSpan>? OnSync { get; init; }

    /// <summary>Where the salts of segments come from; null for the system's randomness.</summary>
    public Func<ulong>? Salts { get; init; }

    /// <summary>Whether recovery may read on two threads at once. A test's disk gives its answers in one order.</summary>
    public bool IsConcurrent => Files is PosixFileSystem;

    public HostRules Rules { get; init; } = HostRules.All;

    public string FileOf(string name) => System.IO.Path.Combine(Path, name);

    public void Sync()
    {
        if (Rules.HasFlag(HostRules.SyncNames))
        {
            Files.SyncDirectory(Path);
        }
    }

    /// <exception cref="IOException">Another process holds it.</exception>
    public IDisposable Lock()
    {
        var path = FileOf("lock");
        try
        {
            return Files.Lock(path);
        }
        catch (IOException e)
        {
            throw new IOException($"{path} is held by another process, or cannot be locked: {e.Message}", e);
        }
    }

    public void RemoveUnfinished()
    {
        foreach (var name in Files.List(Path).Where(n => n.EndsWith(TemporarySuffix, StringComparison.Ordinal)))
        {
            Files.Delete(FileOf(name));
        }
    }
}
