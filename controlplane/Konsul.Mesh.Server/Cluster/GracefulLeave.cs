using Konsul.Mesh.Hosting.Lifecycle;
using Konsul.Mesh.Raft.Host;
using Konsul.Mesh.Raft.Host.Cluster;
using Konsul.Mesh.Server.Http;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Server.Cluster;

/// <summary>
/// An operator wants this server gone for good: it ends as after SIGTERM and, when its clients have gone, is taken out of the cluster. What cannot
/// be done is refused before anything has happened. The only server, and one whose log is in etcd, has nothing to leave and just ends.
/// </summary>
internal sealed class GracefulLeave(ReplicatedState state, Drain drain, TimeSpan drainTimeout, TimeProvider time, ILogger log)
{
    /// <summary>A server that was not heard of for so long is not counted on.</summary>
    private static readonly TimeSpan InContact = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan RetryEvery = TimeSpan.FromMilliseconds(100);
    private volatile bool _isAsked;

    public bool IsAsked => _isAsked;

    /// <summary>Returns when it has begun; it takes some moments and then the process ends.</summary>
    /// <exception cref="ApiException">The others would have no majority in contact, or nobody leads; nothing has happened.</exception>
    public async Task AskAsync(CancellationToken cancellationToken)
    {
        if (state.Consensus is { } consensus && await WhyNotAsync(consensus, cancellationToken).ConfigureAwait(false) is { } reason)
            throw ApiException.Failed($"This server cannot leave: {reason}");
        _isAsked = true;
        _ = drain.StartAsync(drainTimeout);
    }

    /// <summary>Takes this server out, which another one leads by now. What is refused for the moment, on a busy machine say, is tried again while there is
    /// time; what fails in the end is logged: the process ends all the same.</summary>
    public async Task LeaveAsync(ClusterNode node, CancellationToken forced)
    {
        var refusal = "there was no time left";
        try
        {
            while (true)
            {
                try
                {
                    await node.LeaveAsync(forced).ConfigureAwait(false);
                    log.LogInformation("This server has left the cluster; its data is of no use any more");
                    return;
                }
                catch (ConsensusRefusedException e)
                {
                    refusal = e.Message;
                }

                await Task.Delay(RetryEvery, time, forced).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is LogStoppedException or OperationCanceledException)
        {
            log.LogWarning("This server ends but is still a member of the cluster, take it out by \"konsulctl raft remove-peer\": {Reason}", refusal);
        }
    }

    private static async Task<string?> WhyNotAsync(IConsensus consensus, CancellationToken cancellationToken)
    {
        if (!consensus.Consensus.Members.Any(m => m.Id != consensus.Consensus.Self))
            return null;
        try
        {
            var status = await consensus.AskLeaderAsync(cancellationToken).ConfigureAwait(false);
            var rest = status.Members.Where(m => m.IsVoter && m.Id != consensus.Consensus.Self).ToList();
            var there = rest.Count(m => m.IsLeader || m.SinceContact < InContact);
            return rest.Count == 0 ? "no other server has a vote"
                : there <= rest.Count / 2 ? $"only {there} of the {rest.Count} voters that would be left are in contact"
                : null;
        }
        catch (ConsensusRefusedException e)
        {
            return e.Message;
        }
    }
}
