namespace Konsul.Mesh.State.Commands;

/// <summary>None such is no error.</summary>
public sealed record DeletePreparedQuery : Command
{
    public required string Id { get; init; }
}
