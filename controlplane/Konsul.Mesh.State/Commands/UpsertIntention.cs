using Konsul.Mesh.Model.Intentions;

namespace Konsul.Mesh.State.Commands;

/// <summary>
/// Writes the intention for its (source, destination). An existing one keeps its id and creation time; an id that belongs to another pair
/// moves that intention to this pair. Equal apart from ids and times: nothing changes.
/// </summary>
public sealed record UpsertIntention : Command
{
    /// <summary>With the id and times that a new one is to have.</summary>
    public required Intention Intention { get; init; }

    /// <summary>Fails as a conflict when there is one for the pair.</summary>
    public bool CreateOnly { get; init; }
}
