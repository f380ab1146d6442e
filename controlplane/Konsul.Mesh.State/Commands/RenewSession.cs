namespace Konsul.Mesh.State.Commands;

/// <summary>
/// Gives a session its whole time again through the log, where servers cannot ask the one that leads. Moves no index.
/// </summary>
public sealed record RenewSession : Command
{
    /// <summary>The id with its namespace, see <see cref="Model.NamespacedKey"/>.</summary>
    public required string Key { get; init; }
}
