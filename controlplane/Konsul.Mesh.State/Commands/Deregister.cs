using System.Collections.Immutable;

namespace Konsul.Mesh.State.Commands;

/// <summary>
/// Removes services (with their checks) and checks of a node; with neither, the node and all on it. What does not exist is no error.
/// </summary>
public sealed record Deregister : Command
{
    public required string Node { get; init; }

    public ImmutableArray<string> ServiceIds { get; init; } = [];

    public ImmutableArray<string> CheckIds { get; init; } = [];
}
