using Konsul.Mesh.Raft.Host.Cluster;
using Konsul.Mesh.Raft.Host.Peers.Calls;
using Konsul.Mesh.Server.Http;
using Konsul.Mesh.Server.Operators;
using Konsul.Mesh.Server.Startup;
using Konsul.Mesh.State.Commands;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Server.Cluster;

/// <summary>
/// This server among the others: enters the state, and, while it leads, looks after them: a server that has listened in good health for long
/// enough gets a vote; a dead one is taken out when another of its name took its place and the rest has a majority without it.
/// </summary>
internal sealed class Membership(ReplicatedState state, ClusterNode? node, TimeProvider time, ILogger log) : IAsyncDisposable
{
    private static readonly TimeSpan RetryEvery = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(2);
    private readonly CancellationTokenSource _stopping = new();
    private readonly HealthJudge _judge = new(time);
    private Task _loop = Task.CompletedTask;

    public bool IsAlone() => node is null || !node.Consensus.Members.Any(m => m.Id != node.NodeId);

    /// <summary>Registers this server and its node; returns when that is agreed on, which needs a leader.</summary>
    public async Task EnterAsync(ServerIdentity identity, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                if (node is not null)
                {
                    var self = ClusterHost.Describe(node.NodeId, node.Addresses, identity.Version);
                    await state.ProposeAsync(new RegisterServer { Server = self }, cancellationToken).ConfigureAwait(false);
                }

                await OwnRegistration.EnsureAsync(state, identity, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (ApiException e) when (e.Status >= 500)
            {
                await Task.Delay(RetryEvery, time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Asks the other servers for the key that the CA is sealed under; null if none gives it.</summary>
    public async Task<byte[]?> AskForKeyAsync(CancellationToken cancellationToken)
    {
        if (node is null)
            return null;
        foreach (var member in node.Consensus.Members.Where(m => m.Id != node.NodeId).OrderByDescending(m => m.IsLeader))
        {
            try
            {
                var answer = await node.CallAsync(member.Id, ClusterHost.KeyEncryptionKeyCall, default, CallTimeout, cancellationToken).ConfigureAwait(false);
                return answer.ToArray();
            }
            catch (PeerCallException)
            {
                // The next one may have it.
            }
        }

        return null;
    }

    public void Start() => _loop = node is null ? Task.CompletedTask : Task.Run(() => RunAsync(node));

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task RunAsync(ClusterNode cluster)
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(LookEvery, time, _stopping.Token).ConfigureAwait(false);
                if (cluster.Consensus.Leader == cluster.NodeId)
                    await LookAfterAsync(cluster).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is ApiException or Raft.Host.ConsensusRefusedException or Raft.Host.LogStoppedException)
            {
                log.LogDebug("Looking after the servers: {Reason}", e.Message);
            }
        }
    }

    private async Task LookAfterAsync(ClusterNode cluster)
    {
        var config = state.View.Cluster.Autopilot;
        var health = _judge.Judge(cluster.Consensus, state.View.Cluster);
        var plan = AutopilotPlan.Make(health, config, time.GetUtcNow());
        if (plan.Remove is { } dead)
        {
            log.LogWarning("Server {Server} ({Name}) is dead and is taken out", ServerId.Format(dead.Id), dead.Name);
            await cluster.RemoveAsync(dead.Id, _stopping.Token).ConfigureAwait(false);
            await state.ProposeAsync(new RemoveServer { Id = ServerId.Format(dead.Id) }, _stopping.Token).ConfigureAwait(false);
        }
        else if (plan.Promote is { } learner)
        {
            log.LogInformation("Server {Server} ({Name}) is stable and gets a vote", ServerId.Format(learner.Id), learner.Name);
            await cluster.PromoteAsync(learner.Id, _stopping.Token).ConfigureAwait(false);
        }
    }
}
