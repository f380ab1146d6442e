namespace Konsul.Mesh.State.Commands;

/// <summary>Removes an entry, unless others need it. None such is no error.</summary>
public sealed record DeleteConfigEntry : Command
{
    public required string Kind { get; init; }

    public required string Name { get; init; }

    /// <summary>Delete only if the entry's ModifyIndex is this.</summary>
    public ulong? Cas { get; init; }
}
