using Konsul.Mesh.Model.Queries;

namespace Konsul.Mesh.State.Commands;

/// <summary>Writes the query of an id; refused when another one answers for its name.</summary>
public sealed record SetPreparedQuery : Command
{
    public required PreparedQuery Query { get; init; }

    /// <summary>Fails as not found when there is none of that id.</summary>
    public bool UpdateOnly { get; init; }
}
