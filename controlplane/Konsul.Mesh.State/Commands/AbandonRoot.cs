namespace Konsul.Mesh.State.Commands;

/// <summary>Calls a rotation off before its root has signed anything.</summary>
public sealed record AbandonRoot : Command
{
    public required string RootId { get; init; }

    /// <summary>The CA's revision that the issuer read.</summary>
    public required ulong Cas { get; init; }
}
