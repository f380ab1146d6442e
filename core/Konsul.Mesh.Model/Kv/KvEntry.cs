namespace Konsul.Mesh.Model.Kv;

public sealed record KvEntry
{
    public required string Key { get; init; }

    /// <summary>The bytes as they were put; empty and absent are the same.</summary>
    public ReadOnlyMemory<byte> Value { get; init; }

    public ulong Flags { get; init; }

    public ulong LockIndex { get; init; }

    /// <summary>The session that holds the lock; empty when none does.</summary>
    public string Session { get; init; } = "";

    public ulong CreateIndex { get; init; }

    public ulong ModifyIndex { get; init; }
}
