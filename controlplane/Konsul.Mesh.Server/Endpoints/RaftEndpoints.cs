using System.Text.Json;
using Konsul.Mesh.Raft.Host;
using Konsul.Mesh.Server.Cluster;
using Konsul.Mesh.Server.Http;
using Konsul.Mesh.Server.Json;
using Konsul.Mesh.Server.Operators;
using Konsul.Mesh.State.Cluster;
using Konsul.Mesh.State.Commands;

namespace Konsul.Mesh.Server.Endpoints;

/// <summary><c>/v1/operator/raft/*</c>: who the servers are, taking one out, putting another one in its place, handing leadership over.</summary>
/// <param name="state">The cluster's.</param>
/// <param name="forget">Takes out a server that is gone where the log is in etcd.</param>
internal sealed class RaftEndpoints(ReplicatedState state, Func<string, CancellationToken, Task> forget) : IEndpoints
{
    public IEnumerable<ApiRoute> Routes =>
    [
        new ApiRoute("/v1/operator/raft/configuration").Get(ConfigurationAsync),
        new ApiRoute("/v1/operator/raft/peer").Delete(RemoveAsync),
        new ApiRoute("/v1/operator/raft/replace-peer").Put(ReplaceAsync).Post(ReplaceAsync),
        new ApiRoute("/v1/operator/raft/transfer-leader").Post(TransferAsync).Put(TransferAsync),
    ];

    private IConsensus Consensus => state.Consensus ?? throw (state.HasLog
        ? ApiException.BadRequest("This server's log is kept by etcd: its members are etcd's")
        : ApiException.Failed("No cluster leader"));

    private async Task ConfigurationAsync(ApiContext context)
    {
        var status = Consensus.Consensus;
        if (context.Read.Consistency != "stale")
        {
            await state.BarrierAsync(context.Aborted).ConfigureAwait(false);
            var asked = Consensus.AskLeaderAsync(context.Aborted);
            await RefusableAsync(asked).ConfigureAwait(false);
            status = await asked.ConfigureAwait(false);
        }

        var cluster = state.View.Cluster;
        await context.JsonAsync(w =>
        {
            w.WriteStartObject();
            w.WriteStartArray("Servers");
            foreach (var member in status.Members)
                Write(w, member, cluster.Server(ServerId.Format(member.Id)));
            w.WriteEndArray();
            w.WriteNumber("Index", status.ConfigurationIndex);
            w.WriteEndObject();
        }).ConfigureAwait(false);
    }

    private static void Write(Utf8JsonWriter w, MemberStatus member, ServerMember? known)
    {
        w.WriteStartObject();
        w.WriteString("ID", ServerId.Format(member.Id));
        w.WriteString("Node", known?.Name ?? "(unknown)");
        w.WriteString("Address", known?.RaftAddress ?? "");
        w.WriteBoolean("Leader", member.IsLeader);
        w.WriteString("ProtocolVersion", "3");
        w.WriteBoolean("Voter", member.IsVoter);
        w.WriteNumber("LastIndex", member.LastIndex);
        w.WriteEndObject();
    }

    private async Task RemoveAsync(ApiContext context)
    {
        var (id, address) = (context.Query.Value("id"), context.Query.Value("address"));
        if (id.Length == 0 == (address.Length == 0))
            throw ApiException.BadRequest("Must specify either ?id with the server's ID or ?address with IP:port of peer to remove");
        if (state.Consensus is null && state.HasLog)
        {
            await forget(id.Length > 0 ? id : ServerAt(address).Id, context.Aborted).ConfigureAwait(false);
            await context.EmptyAsync().ConfigureAwait(false);
            return;
        }

        var server = Id(id.Length > 0 ? id : ServerAt(address).Id);
        CheckKnown(server);
        await RefusableAsync(Consensus.RemoveAsync(server, context.Aborted)).ConfigureAwait(false);
        await context.EmptyAsync().ConfigureAwait(false);
    }

    /// <summary>Ours, Consul has none: one step, so that at no moment there are fewer votes, or more.</summary>
    private async Task ReplaceAsync(ApiContext context)
    {
        var (old, successor) = (Id(context.Query.Value("id")), Id(context.Query.Value("with")));
        if (old == successor)
            throw ApiException.BadRequest("A server cannot take its own place");
        CheckKnown(old);
        CheckKnown(successor);
        await RefusableAsync(Consensus.ReplaceAsync(old, successor, context.Aborted)).ConfigureAwait(false);
        await context.JsonAsync(WriteSuccess).ConfigureAwait(false);
    }

    /// <summary>A mistyped id must not be taken out for ever. One that is only left in the state is what an earlier try did not finish.</summary>
    private void CheckKnown(ulong server)
    {
        var id = ServerId.Format(server);
        if (!Consensus.Consensus.Members.Any(m => m.Id == server) && state.View.Cluster.Server(id) is null)
            throw ApiException.Failed($"id \"{id}\" was not found in the Raft configuration");
    }

    private async Task TransferAsync(ApiContext context)
    {
        var target = context.Query.Value("id") is { Length: > 0 } id ? Id(id) : 0;
        await RefusableAsync(Consensus.TransferLeadershipAsync(target, context.Aborted)).ConfigureAwait(false);
        await context.JsonAsync(WriteSuccess).ConfigureAwait(false);
    }

    private static void WriteSuccess(Utf8JsonWriter w)
    {
        w.WriteStartObject();
        w.WriteBoolean("Success", true);
        w.WriteEndObject();
    }

    private static ulong Id(string text) => ServerId.TryParse(text, out var id)
        ? id
        : throw ApiException.BadRequest($"Invalid id \"{JsonValues.Shown(text)}\": a server's id is 16 hexadecimal digits");

    private ServerMember ServerAt(string address) =>
        state.View.Cluster.Servers.FirstOrDefault(s => s.RaftAddress == address)
            ?? throw ApiException.Failed($"address \"{JsonValues.Shown(address)}\" was not found in the Raft configuration");

    private static async Task RefusableAsync(Task change)
    {
        try
        {
            await change.ConfigureAwait(false);
        }
        catch (ConsensusRefusedException e)
        {
            throw ApiException.Failed(e.Message);
        }
    }
}
