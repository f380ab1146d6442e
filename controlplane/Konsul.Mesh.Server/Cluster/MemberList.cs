using System.Net;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Server.Shapes;
using Konsul.Mesh.State.Cluster;

namespace Konsul.Mesh.Server.Cluster;

/// <summary>The servers as members, the same at whichever is asked: who they are is in the state, and whether they live is their node's check.</summary>
internal sealed class MemberList(ReplicatedState state, ServerIdentity identity)
{
    /// <summary>This server first of all, also before it has entered the state.</summary>
    public ClusterMember Own => new(
        identity.NodeName, identity.NodeId.ToString("D"), identity.Address.ToString(), identity.RaftPort, identity.Datacenter, identity.Version,
        MemberStatusCode.Alive, IsAlone: state.View.Cluster.Servers.Count() <= 1);

    public IReadOnlyList<ClusterMember> All()
    {
        var servers = state.View.Cluster.Servers.ToList();
        var others = servers.Where(s => s.Name != identity.NodeName).DistinctBy(s => s.Name).Select(Describe);
        return [.. others.Append(Own).OrderBy(m => m.Name, StringComparer.Ordinal)];
    }

    private ClusterMember Describe(ServerMember server)
    {
        var (node, alive) = (state.View.Catalog.Node(server.Name), state.View.Catalog.Check(server.Name, OwnRegistration.SerfHealth));
        var (address, port) = IPEndPoint.TryParse(server.RaftAddress, out var raft) ? (raft.Address.ToString(), raft.Port) : (node?.Address ?? "", 0);
        return new ClusterMember(
            server.Name, node?.Id ?? "", address, port, identity.Datacenter, server.Version,
            alive is { Status: CheckStatus.Critical } ? MemberStatusCode.Failed : MemberStatusCode.Alive, IsAlone: false);
    }
}
