namespace Konsul.Mesh.State.Commands;

/// <summary>Writes a key; a lock on it stays as it is. The same value again changes nothing, unless it has a TTL, which begins anew.</summary>
public sealed record KvSet : Command
{
    /// <summary>With its namespace, see <see cref="Model.NamespacedKey"/>; so in all commands about keys.</summary>
    public required string Key { get; init; }

    public ReadOnlyMemory<byte> Value { get; init; }

    public ulong Flags { get; init; }

    /// <summary>Set: only if the entry's ModifyIndex is this; 0: only if there is none.</summary>
    public ulong? Cas { get; init; }

    /// <summary>Deleted so long after this write; zero for never.</summary>
    public TimeSpan Ttl { get; init; }
}
