namespace Konsul.Mesh.State.Commands;

public sealed record KvSet : Command
{
    public required string Key { get; init; }

    public ReadOnlyMemory<byte> Value { get; init; }

    public ulong Flags { get; init; }

    /// <summary>Set: only if the entry's ModifyIndex is this; 0: only if there is none.</summary>
    public ulong? Cas { get; init; }
}
