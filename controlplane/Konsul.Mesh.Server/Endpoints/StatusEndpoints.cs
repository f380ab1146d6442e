using Konsul.Mesh.Raft.Host;
using Konsul.Mesh.Server.Cluster;
using Konsul.Mesh.Server.Http;
using Konsul.Mesh.Server.Shapes;

namespace Konsul.Mesh.Server.Endpoints;

/// <summary><c>/v1/status/*</c>: who leads. Needs no token, as in Consul.</summary>
internal sealed class StatusEndpoints(ReplicatedState state, ServerIdentity identity) : IEndpoints
{
    public IEnumerable<ApiRoute> Routes =>
    [
        new ApiRoute("/v1/status/leader") { Access = Access.Open }.Get(LeaderAsync),
        new ApiRoute("/v1/status/peers") { Access = Access.Open }.Get(PeersAsync),
    ];

    private Task LeaderAsync(ApiContext context) =>
        context.JsonAsync(w => w.WriteStringValue(state.Log.Status.Role == LogRole.Leader ? identity.RaftText : ""));

    private Task PeersAsync(ApiContext context) =>
        context.JsonAsync(w => w.WriteList([identity.RaftText], static (writer, peer) => writer.WriteStringValue(peer)));
}
