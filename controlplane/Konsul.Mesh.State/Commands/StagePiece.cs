namespace Konsul.Mesh.State.Commands;

/// <summary>A piece of a snapshot to be restored; nothing of it shows until <see cref="RestoreStaged"/>.</summary>
public sealed record StagePiece : Command
{
    /// <summary>Names the upload; piece 0 of another one drops what was staged.</summary>
    public required string Upload { get; init; }

    /// <summary>From 0, without gaps.</summary>
    public required int Number { get; init; }

    public required ReadOnlyMemory<byte> Bytes { get; init; }
}
