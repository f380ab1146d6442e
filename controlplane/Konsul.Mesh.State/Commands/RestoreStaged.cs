namespace Konsul.Mesh.State.Commands;

/// <summary>Replaces the state by the snapshot that was staged, on every server at the same index.</summary>
public sealed record RestoreStaged : Command
{
    public required string Upload { get; init; }

    /// <summary>How many pieces it has.</summary>
    public required int Pieces { get; init; }

    /// <summary>Over all pieces, lower-case hexadecimal.</summary>
    public required string Sha256 { get; init; }
}
