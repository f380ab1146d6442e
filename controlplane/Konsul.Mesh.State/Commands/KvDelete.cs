namespace Konsul.Mesh.State.Commands;

/// <summary>Deleting what does not exist succeeds and changes nothing.</summary>
public sealed record KvDelete : Command
{
    public required string Key { get; init; }

    /// <summary>Set: only if the entry's ModifyIndex is this. Not together with <see cref="Recurse"/>.</summary>
    public ulong? Cas { get; init; }

    /// <summary><see cref="Key"/> is a prefix; "" is everything.</summary>
    public bool Recurse { get; init; }
}
