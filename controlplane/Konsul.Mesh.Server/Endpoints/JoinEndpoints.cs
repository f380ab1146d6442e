using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Raft.Host;
using Konsul.Mesh.Server.Cluster;
using Konsul.Mesh.Server.Http;
using Konsul.Mesh.Server.Json;
using Konsul.Mesh.State.Commands;

namespace Konsul.Mesh.Server.Endpoints;

/// <summary>
/// <c>/v1/agent/join</c> and <c>force-leave</c>. A server of ours joins once, by its own <c>--retry-join</c>: to join one that is in the cluster is
/// nothing to do, to join another one is refused.
/// </summary>
internal sealed class JoinEndpoints(ReplicatedState state, MemberList members) : IEndpoints
{
    public IEnumerable<ApiRoute> Routes =>
    [
        new ApiRoute("/v1/agent/join/", "Missing address") { Resource = "agent" }.Put(JoinAsync),
        new ApiRoute("/v1/agent/force-leave/", "Missing node name") { Resource = "operator" }.Put(ForceLeaveAsync),
    ];

    private Task JoinAsync(ApiContext context)
    {
        var address = context.Parameter;
        var known = members.All().SelectMany(m => (string[])[m.Name, m.Address, $"{m.Address}:{m.Port}"]).Contains(address, StringComparer.OrdinalIgnoreCase);
        return known
            ? context.EmptyAsync()
            : throw ApiException.Failed($"Failed to join {JsonValues.Shown(address)}: no server of this cluster is there; a server joins a cluster by its own --retry-join");
    }

    /// <summary>A node that is alive stays: in Consul it would refute it. One that is dead goes, with what was registered on it; a server also loses its
    /// vote.</summary>
    private async Task ForceLeaveAsync(ApiContext context)
    {
        var name = context.Parameter;
        if (state.View.Catalog.Node(name) is null)
            throw ApiException.Failed($"agent: No node found with name '{JsonValues.Shown(name)}'");
        if (state.View.Catalog.Check(name, OwnRegistration.SerfHealth) is not { Status: CheckStatus.Critical })
        {
            await context.EmptyAsync().ConfigureAwait(false);
            return;
        }

        if (state.Consensus is { } consensus)
        {
            foreach (var server in state.View.Cluster.Servers.Where(s => s.Name == name).ToList())
                await RemoveAsync(consensus, server.Id, context.Aborted).ConfigureAwait(false);
        }

        await state.ProposeAsync(new Deregister { Node = name }, context.Aborted).ConfigureAwait(false);
        await context.EmptyAsync().ConfigureAwait(false);
    }

    private static async Task RemoveAsync(IConsensus consensus, string id, CancellationToken cancellationToken)
    {
        try
        {
            if (ServerId.TryParse(id, out var server))
                await consensus.RemoveAsync(server, cancellationToken).ConfigureAwait(false);
        }
        catch (ConsensusRefusedException e)
        {
            throw ApiException.Failed(e.Message);
        }
    }
}
