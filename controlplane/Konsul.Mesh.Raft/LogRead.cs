namespace Konsul.Mesh.Raft;

/// <summary>Whether the log could answer.</summary>
public enum LogRead
{
    Ok,

    /// <summary>The entry is behind a snapshot.</summary>
    Compacted,

    /// <summary>The entry is not there (yet).</summary>
    Unavailable,
}
