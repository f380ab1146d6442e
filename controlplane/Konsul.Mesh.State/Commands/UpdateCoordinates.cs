using System.Collections.Immutable;
using Konsul.Mesh.Model.Catalog;

namespace Konsul.Mesh.State.Commands;

/// <summary>Where nodes lie in the network. Those of nodes that are not registered are passed over.</summary>
public sealed record UpdateCoordinates : Command
{
    public required ImmutableArray<NetworkCoordinate> Coordinates { get; init; }
}
