using Konsul.Mesh.State.Cluster;

namespace Konsul.Mesh.State.Commands;

/// <summary>A server tells who it is and where; the newest word counts.</summary>
public sealed record RegisterServer : Command
{
    public required ServerMember Server { get; init; }
}
