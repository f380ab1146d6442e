using Konsul.Mesh.Raft.Host.Files;
using Konsul.Mesh.Raft.Host.Format;

namespace Konsul.Mesh.Raft.Host;

/// <summary>Where a log lives, and whose it is.</summary>
internal sealed record LogDirectory(ILogFileSystem Files, string Path, LogIdentity Identity, long SegmentBytes)
{
    /// <summary>Of files that are not under their own name yet; removed at the next start.</summary>
    public const string TemporarySuffix = ".tmp";

    public string FileOf(string name) => System.IO.Path.Combine(Path, name);

    public void Sync() => Files.SyncDirectory(Path);
}
