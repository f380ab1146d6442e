namespace Konsul.Mesh.State.Commands;

/// <summary>One that does not exist is no error.</summary>
public sealed record DestroySession : Command
{
    /// <summary>The id with its namespace, see <see cref="Model.NamespacedKey"/>.</summary>
    public required string Key { get; init; }
}
