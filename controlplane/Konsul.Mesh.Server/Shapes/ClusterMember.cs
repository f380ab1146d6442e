namespace Konsul.Mesh.Server.Shapes;

/// <summary>A server as clients see it among the others.</summary>
/// <param name="Name">Its node.</param>
/// <param name="NodeId">The node's UUID; empty while it is not registered.</param>
/// <param name="Address">Its IP.</param>
/// <param name="Port">Of the protocol between servers.</param>
/// <param name="Datacenter">Its datacenter.</param>
/// <param name="Version">Its program's.</param>
/// <param name="Status">Whether it is there.</param>
/// <param name="IsAlone">It is the only one.</param>
internal sealed record ClusterMember(
    string Name, string NodeId, string Address, int Port, string Datacenter, string Version, MemberStatusCode Status, bool IsAlone);
