using Konsul.Mesh.Raft.Host.Peers.Handshake;
using Konsul.Mesh.Raft.Host.Peers.Network;

namespace Konsul.Mesh.Raft.Host.Peers.Streams;

/// <summary>Makes outgoing connections.</summary>
internal sealed class PeerDialer(IPeerNetwork network, PeerHandshake handshake, IPeerHandler handler, PeerMetrics metrics, TimeSpan timeout, TimeProvider time)
{
    /// <param name="address">Where.</param>
    /// <param name="expected">Whom; 0 for anybody.</param>
    /// <param name="stream">What for.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <exception cref="IOException">Nobody answers, not in time, not by the rules, or one end refuses (<see cref="PeerRefusedException"/>).</exception>
    public async Task<PeerSession> DialAsync(PeerAddress address, ulong expected, StreamClass stream, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            var connection = await network.ConnectAsync(address, either.Token).ConfigureAwait(false);
            return await handshake.DialAsync(connection, expected, stream, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new IOException($"{address} did not answer within {timeout.TotalSeconds:0.###} s.");
        }
        catch (PeerRefusedException e)
        {
            metrics.Refused(e.Refusal);
            if (e.IsProven)
            {
                handler.OnRefused(e.Refusal);
            }

            throw;
        }
        catch (Exception e) when (e is not (IOException or OperationCanceledException) && PeerErrors.IsConnectionEnd(e))
        {
            throw new IOException($"{address} does not get through the handshake: {e.Message}", e);
        }
    }
}
