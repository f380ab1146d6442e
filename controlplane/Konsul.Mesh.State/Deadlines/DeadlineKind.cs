namespace Konsul.Mesh.State.Deadlines;

/// <summary>What ends when a deadline passes. Numbers are in the log: for ever.</summary>
public enum DeadlineKind
{
    /// <summary>A session that was not renewed.</summary>
    Session = 0,

    /// <summary>A key with a TTL.</summary>
    Key = 1,

    /// <summary>The time for which a key cannot be locked because the session that held it has ended.</summary>
    LockDelay = 2,
}
