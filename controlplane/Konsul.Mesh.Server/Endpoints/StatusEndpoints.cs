using Konsul.Mesh.Raft.Host;
using Konsul.Mesh.Server.Cluster;
using Konsul.Mesh.Server.Http;
using Konsul.Mesh.Server.Operators;
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
        context.JsonAsync(w => w.WriteStringValue(LeaderAddress()));

    /// <summary>Empty while nobody leads. A leader that has not told its address yet, just after the first start, is this server or nobody known.</summary>
    private string LeaderAddress()
    {
        var status = state.Log.Status;
        return state.View.Cluster.Server(status.Leader)?.RaftAddress ?? (status.Role == LogRole.Leader ? identity.RaftText : "");
    }

    private Task PeersAsync(ApiContext context) =>
        context.JsonAsync(w => w.WriteList(PeerAddresses(), static (writer, peer) => writer.WriteStringValue(peer)));

    /// <summary>Those that vote; on an etcd all that ever came, each by its HTTP API. A server alone in its log is the only one.</summary>
    private IEnumerable<string> PeerAddresses()
    {
        if (state.Consensus is null && state.HasLog)
            return state.View.Cluster.Servers.Select(s => s.RaftAddress);
        var known = state.Consensus?.Consensus.Members.Where(m => m.IsVoter).Select(m => state.View.Cluster.Server(ServerId.Format(m.Id))?.RaftAddress ?? "")
            .Where(a => a.Length > 0).ToList();
        return known is { Count: > 0 } ? known : [identity.RaftText];
    }
}
