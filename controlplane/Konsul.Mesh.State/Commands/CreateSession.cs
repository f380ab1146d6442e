using Konsul.Mesh.Model.Sessions;

namespace Konsul.Mesh.State.Commands;

/// <summary>Fails when the node or a check is not registered or a check is critical. The issuer chooses the id; indexes are ignored.</summary>
public sealed record CreateSession : Command
{
    public required Session Session { get; init; }
}
