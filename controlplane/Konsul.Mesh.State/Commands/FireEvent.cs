using Konsul.Mesh.Model.Catalog;

namespace Konsul.Mesh.State.Commands;

/// <summary>Keeps an event; its LTime and index are given by the state. The oldest beyond 256 go.</summary>
public sealed record FireEvent : Command
{
    public required UserEvent Event { get; init; }
}
