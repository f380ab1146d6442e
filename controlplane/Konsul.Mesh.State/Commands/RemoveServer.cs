namespace Konsul.Mesh.State.Commands;

/// <summary>A server was taken out for ever: its id is never admitted again. Once more is no error.</summary>
public sealed record RemoveServer : Command
{
    public required string Id { get; init; }
}
