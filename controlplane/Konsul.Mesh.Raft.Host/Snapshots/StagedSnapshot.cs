namespace Konsul.Mesh.Raft.Host.Snapshots;

/// <summary>A snapshot that is whole and durable under a temporary name: it counts once the log says so.</summary>
public sealed class StagedSnapshot
{
    internal StagedSnapshot(SavedSnapshot saved, string path) => (Saved, Path) = (saved, path);

    public SavedSnapshot Saved { get; }

    internal string Path { get; }

    /// <summary>It has its name already, only the log does not say so yet.</summary>
    internal bool Published { get; set; }
}
