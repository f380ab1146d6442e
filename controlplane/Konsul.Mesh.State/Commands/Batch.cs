using System.Collections.Immutable;

namespace Konsul.Mesh.State.Commands;

/// <summary>All of them in order, or, if one fails or loses its CAS, none. Batches do not nest.</summary>
public sealed record Batch : Command
{
    public const int MaxCommands = 1024;

    public required ImmutableArray<Command> Commands { get; init; }
}
