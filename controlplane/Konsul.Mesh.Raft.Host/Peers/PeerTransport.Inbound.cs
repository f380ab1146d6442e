using Konsul.Mesh.Raft.Host.Peers.Calls;
using Konsul.Mesh.Raft.Host.Peers.Handshake;
using Konsul.Mesh.Raft.Host.Peers.Network;
using Konsul.Mesh.Raft.Host.Peers.Streams;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Raft.Host.Peers;

/// <summary>The listening side: whatever comes in through the port ends its own connection at worst.</summary>
public sealed partial class PeerTransport
{
    private static readonly TimeSpan AcceptPause = TimeSpan.FromMilliseconds(100);
    private readonly TaskCompletionSource _served = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Connections that are served, and one for the accepting loop.</summary>
    private int _serving = 1;

    /// <summary>Connections that have not proven themselves yet.</summary>
    internal int Handshakes => _gate.Count;

    private async Task AcceptAsync()
    {
        var stopping = _stopping.Token;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                var connection = await _listener.AcceptAsync(stopping).ConfigureAwait(false);
                Interlocked.Increment(ref _serving);
                _ = ServeAsync(connection, stopping);
            }
            catch (IOException e) when (!stopping.IsCancellationRequested)
            {
                // Out of file descriptors, most likely: the next try would fail as fast.
                _parts.Logger.LogError("The port for other servers: {Reason}", e.Message);
                await Task.Delay(AcceptPause, _parts.Time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (Exception e) when (PeerErrors.IsConnectionEnd(e))
            {
                break;
            }
        }

        Leave();
    }

    private async Task ServeAsync(IPeerConnection connection, CancellationToken stopping)
    {
        await Task.Yield();
        try
        {
            using var session = await ProveAsync(connection, stopping).ConfigureAwait(false);
            if (session is not null && _inbound.TryAdd(session))
            {
                await UseAsync(session, stopping).ConfigureAwait(false);
            }
        }
        catch (Exception e)
        {
            // Nobody awaits this task. What gets here is an error of our own, and it has ended this connection only.
            _parts.Logger.LogError(e, "A connection from {Remote} ended by an unexpected error", connection.RemoteEndPoint);
        }
        finally
        {
            connection.Dispose();
            Leave();
        }
    }

    /// <returns>Null when the peer did not prove itself; the connection is closed then.</returns>
    private async Task<PeerSession?> ProveAsync(IPeerConnection connection, CancellationToken stopping)
    {
        using var deadline = new CancellationTokenSource(_options.HandshakeTimeout, _parts.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, deadline.Token);
        using var place = _gate.Enter(either);
        try
        {
            return await _handshake.AcceptAsync(connection, either.Token).ConfigureAwait(false);
        }
        catch (PeerRefusedException e)
        {
            _parts.Metrics.Refused(e.Refusal);

            // Every server has its own address in the list of all.
            var level = e.Refusal != PeerRefusal.Self && _log.Allows(e.Refusal) ? LogLevel.Warning : LogLevel.Debug;
            _parts.Logger.Log(level, "No contact with the server at {Remote}: {Reason}", connection.RemoteEndPoint, e.Message);
        }
        catch (PeerProtocolException e)
        {
            _parts.Metrics.Faulted(e.Fault);
            _parts.Logger.LogDebug("{Remote} is no server of ours: {Reason}", connection.RemoteEndPoint, e.Message);
        }
        catch (Exception e) when (PeerErrors.IsConnectionEnd(e))
        {
            _parts.Logger.LogDebug("{Remote} did not get through the handshake: {Reason}", connection.RemoteEndPoint, e.Message);
        }

        return null;
    }

    private async Task UseAsync(PeerSession session, CancellationToken stopping)
    {
        var peer = session.Peer;
        if (_links.TryGetValue(peer.NodeId, out var link))
        {
            link.Hurry();
        }

        _parts.Metrics.Opened(peer.Class);
        try
        {
            await RunAsync(session, stopping).ConfigureAwait(false);
        }
        catch (PeerProtocolException e) when (e.Fault != PeerFault.CutOff)
        {
            _parts.Metrics.Faulted(e.Fault);
            var level = _log.Allows(e.Fault) ? LogLevel.Error : LogLevel.Debug;
            _parts.Logger.Log(level, "The {Stream} stream of server {Node:x16} is ended, {Fault}: {Reason}", peer.Class, peer.NodeId, e.Fault, e.Message);
        }
        catch (Exception e) when (PeerErrors.IsConnectionEnd(e))
        {
            _parts.Logger.LogDebug("The {Stream} stream of server {Node:x16} ended: {Reason}", peer.Class, peer.NodeId, e.Message);
        }
        finally
        {
            _parts.Metrics.Closed(peer.Class);
            _inbound.Remove(session);
        }

        if (peer.Class == StreamClass.Control && !session.EndedOnPurpose && !stopping.IsCancellationRequested)
        {
            _parts.Handler.OnConnectionLost(peer.NodeId);
        }
    }

    private Task RunAsync(PeerSession session, CancellationToken stopping) => session.Peer.Class switch
    {
        StreamClass.Control or StreamClass.Bulk => MessageReceiver.RunAsync(_context, session, stopping),
        StreamClass.Call => AnswerAsync(session, stopping),
        _ => _transfers.RunAsync(session, stopping),
    };

    private async Task AnswerAsync(PeerSession session, CancellationToken stopping)
    {
        using var server = new CallServer(_context, session);
        await server.RunAsync(stopping).ConfigureAwait(false);
    }

    private void Leave()
    {
        if (Interlocked.Decrement(ref _serving) == 0)
        {
            _served.TrySetResult();
        }
    }
}
