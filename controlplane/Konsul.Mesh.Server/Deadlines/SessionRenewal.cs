using System.Text;
using Konsul.Mesh.Raft.Host;
using Konsul.Mesh.Raft.Host.Cluster;
using Konsul.Mesh.Raft.Host.Peers.Calls;
using Konsul.Mesh.Server.Cluster;
using Konsul.Mesh.Server.Http;
using Konsul.Mesh.State;
using Konsul.Mesh.State.Commands;

namespace Konsul.Mesh.Server.Deadlines;

/// <summary>
/// Renews a session with the server that leads, which alone measures its time: a call between servers and no write. Where servers do not reach each
/// other, because the log is in etcd, the log carries it.
/// </summary>
internal sealed class SessionRenewal(ReplicatedState state, DeadlineService deadlines, TimeProvider time)
{
    private const byte Renewed = 1;
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan RetryEvery = TimeSpan.FromMilliseconds(100);
    private const int Attempts = 50;

    /// <param name="key">The id with its namespace.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ApiException">404: there is no such session. 500: nobody leads for too long.</exception>
    public async Task RenewAsync(string key, CancellationToken cancellationToken)
    {
        if (state.Consensus is not ClusterNode node)
        {
            await state.ProposeAsync(new RenewSession { Key = key }, cancellationToken).ConfigureAwait(false);
            return;
        }

        for (var i = 0; i < Attempts; i++)
        {
            var leader = node.Consensus.Leader;
            if (leader == node.NodeId ? deadlines.Renew(key) : leader != 0 && await AskAsync(node, leader, key, cancellationToken).ConfigureAwait(false))
                return;
            await Task.Delay(RetryEvery, time, cancellationToken).ConfigureAwait(false);
        }

        throw ApiException.Failed(ReplicatedState.NoLeader);
    }

    /// <summary>What a server answers that is asked to renew.</summary>
    public static ReadOnlyMemory<byte> OnCall(DeadlineService deadlines, ReadOnlyMemory<byte> body) =>
        new[] { deadlines.Renew(Encoding.UTF8.GetString(body.Span)) ? Renewed : (byte)0 };

    private static async Task<bool> AskAsync(ClusterNode node, ulong leader, string key, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await node.CallAsync(leader, ClusterHost.RenewSessionCall, Encoding.UTF8.GetBytes(key), CallTimeout, cancellationToken).ConfigureAwait(false);
            return answer.Length == 1 && answer.Span[0] == Renewed;
        }
        catch (PeerCallException)
        {
            return false;
        }
    }
}
