using Konsul.Mesh.Raft.Host;
using Konsul.Mesh.Server.Cluster;
using Konsul.Mesh.Server.Http;
using Konsul.Mesh.Server.Operators;
using Konsul.Mesh.Server.Shapes;

namespace Konsul.Mesh.Server.Endpoints;

/// <summary><c>/v1/status/*</c>: who leads, who is there. Needs no token, as in Consul.</summary>
internal sealed class StatusEndpoints(ReplicatedState state, ServerIdentity identity, Func<CancellationToken, Task<ClusterHealth>> health) : IEndpoints
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

    private async Task PeersAsync(ApiContext context)
    {
        var peers = state.Consensus is null && state.HasLog
            ? (await health(context.Aborted).ConfigureAwait(false)).Servers.Where(s => s.SinceContact is not null).Select(s => s.Address)
            : VoterAddresses();
        await context.JsonAsync(w => w.WriteList(peers, static (writer, peer) => writer.WriteStringValue(peer))).ConfigureAwait(false);
    }

    /// <summary>Those that vote. A server alone in its log is the only one.</summary>
    private IEnumerable<string> VoterAddresses()
    {
        var known = state.Consensus?.Consensus.Members.Where(m => m.IsVoter).Select(m => state.View.Cluster.Server(ServerId.Format(m.Id))?.RaftAddress ?? "")
            .Where(a => a.Length > 0).ToList();
        return known is { Count: > 0 } ? known : [identity.RaftText];
    }
}
