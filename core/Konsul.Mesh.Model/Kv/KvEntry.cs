namespace Konsul.Mesh.Model.Kv;

public sealed record KvEntry
{
    public required string Key { get; init; }

    /// <summary>Empty for the default one.</summary>
    public string Namespace { get; init; } = "";

    /// <summary>The bytes as they were put; empty and absent are the same.</summary>
    public ReadOnlyMemory<byte> Value { get; init; }

    public ulong Flags { get; init; }

    /// <summary>How often the lock was taken by a session that did not hold it: the fencing token of the lock. 0 for a key that was never a lock.</summary>
    public ulong LockIndex { get; init; }

    /// <summary>The session that holds the lock; empty when none does.</summary>
    public string Session { get; init; } = "";

    /// <summary>How long after its last write the entry is deleted; zero for never.</summary>
    public TimeSpan Ttl { get; init; }

    /// <summary>Counts the values that the key has had, from 1.</summary>
    public ulong Version { get; init; } = 1;

    public ulong CreateIndex { get; init; }

    public ulong ModifyIndex { get; init; }
}
