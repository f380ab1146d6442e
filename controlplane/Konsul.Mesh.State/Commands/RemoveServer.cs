namespace Konsul.Mesh.State.Commands;

/// <summary>A server was taken out. Once more is no error.</summary>
public sealed record RemoveServer : Command
{
    public required string Id { get; init; }

    /// <summary>False: its id is never admitted again. True: it is only forgotten, and enters anew when it starts again.</summary>
    public bool MayReturn { get; init; }
}
