using System.Collections.Frozen;
using System.Net;
using Konsul.Mesh.Raft.Host.Peers.Calls;
using Konsul.Mesh.Raft.Host.Peers.Codec;
using Konsul.Mesh.Raft.Host.Peers.Handshake;
using Konsul.Mesh.Raft.Host.Peers.Network;
using Konsul.Mesh.Raft.Host.Peers.Streams;
using Konsul.Mesh.Raft.Host.Peers.Transfer;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Raft.Host.Peers;

/// <summary>
/// Carries messages, snapshots and calls between the servers of one cluster, over TLS 1.3. Each server dials every other one: one connection for
/// urgent messages, one for entries, and, when needed, one for a snapshot and one for calls. What goes out on one of them arrives in order or not
/// at all; nothing is sent twice. Thread-safe.
/// </summary>
public sealed partial class PeerTransport : IAsyncDisposable
{
    private static readonly TimeSpan LogEvery = TimeSpan.FromSeconds(10);
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly PeerTransportOptions _options;
    private readonly PeerTransportParts _parts;
    private readonly PeerHandshake _handshake;
    private readonly PeerContext _context;
    private readonly LogLimiter _log;
    private readonly HandshakeGate _gate;
    private readonly InboundSessions _inbound;
    private readonly TransferReceiver _transfers;
    private readonly IPeerListener _listener;
    private readonly ITimer _recheck;
    private readonly Task _accepting;
    private readonly List<Task> _closing = [];
    private volatile PeerFacts _self;
    private volatile FrozenDictionary<ulong, PeerLink> _links = FrozenDictionary<ulong, PeerLink>.Empty;

    private PeerTransport(PeerTransportOptions options, PeerFacts self, PeerTransportParts parts)
    {
        (_options, _self, _parts) = (options, self, parts);
        _log = new LogLimiter(LogEvery, parts.Time);
        _gate = new HandshakeGate(options.MaxHandshakes);
        _inbound = new InboundSessions(options.MaxPeers);
        _handshake = new PeerHandshake(options, () => _self, parts.Identity, Judge, parts.Time, parts.Logger);
        var dialer = new PeerDialer(parts.Network, _handshake, parts.Handler, parts.Metrics, options.HandshakeTimeout, parts.Time);
        _context = new PeerContext(
            options, () => _self, parts.Handler, parts.Source, parts.Sink, dialer, new MessageCodec(options.Messages), parts.Metrics, parts.Jitter, parts.Time, parts.Logger);
        _transfers = new TransferReceiver(_context);
        _listener = parts.Network.Listen(options.Listen);
        _recheck = parts.Time.CreateTimer(static t => ((PeerTransport)t!).Recheck(), this, options.RecheckEvery, options.RecheckEvery);
        _accepting = Task.Run(AcceptAsync);
    }

    /// <summary>With the port that was taken.</summary>
    public IPEndPoint LocalEndPoint => _listener.LocalEndPoint;

    /// <summary>Listens at once; dials nobody before <see cref="SetPeers"/>.</summary>
    /// <exception cref="IOException">The address cannot be listened on.</exception>
    public static PeerTransport Start(PeerTransportOptions options, PeerFacts self, PeerTransportParts parts)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(parts);
        CheckFacts(self);
        return new PeerTransport(options, self, parts);
    }

    /// <summary>This server has got a cluster id, or moved. Connections with servers of other clusters are closed, others go on with what was said
    /// before.</summary>
    public void SetSelf(PeerFacts self)
    {
        CheckFacts(self);
        var before = _self.ClusterId;
        _self = self.NodeId == _self.NodeId ? self : throw new ArgumentException("A running server keeps its node id.", nameof(self));
        if (self.ClusterId != before)
        {
            Recheck();
        }
    }

    /// <summary>Whom to keep connections to, and where. Streams to peers whose address stays the same are not touched; others are closed or made anew.
    /// An entry for this server itself is ignored.</summary>
    public void SetPeers(IReadOnlyDictionary<ulong, PeerAddress> peers)
    {
        ArgumentNullException.ThrowIfNull(peers);
        lock (_lock)
        {
            if (_stopping.IsCancellationRequested)
            {
                return;
            }

            var before = _links;
            _closing.RemoveAll(t => t.IsCompleted);
            _links = peers
                .Where(p => p.Key != _self.NodeId)
                .ToFrozenDictionary(
                    p => p.Key,
                    p => before.TryGetValue(p.Key, out var link) && link.Address == p.Value ? link : new PeerLink(_context, p.Key, p.Value));
            foreach (var (node, link) in before)
            {
                if (!_links.TryGetValue(node, out var now) || now != link)
                {
                    _closing.Add(link.DisposeAsync().AsTask());
                }
            }
        }
    }

    /// <summary>Sends a message to the node in its <c>To</c>, or drops it; never blocks. A Snap takes its bytes from the snapshot source, and its end is
    /// reported by <see cref="IPeerHandler.OnSnapshotStatus"/>.</summary>
    public void Send(Message message)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (_links.TryGetValue(message.To, out var link))
        {
            link.Send(message);
        }
        else if (message.Type == MessageType.Snap)
        {
            _parts.Handler.OnSnapshotStatus(message.To, succeeded: false);
        }
        else
        {
            _parts.Handler.OnUnreachable(message.To);
        }
    }

    /// <summary>Asks another server of <see cref="SetPeers"/>; see <see cref="IPeerHandler.OnCallAsync"/> for its side.</summary>
    /// <param name="node">Whom.</param>
    /// <param name="kind">What for; the host's number.</param>
    /// <param name="body">At most <see cref="PeerTransportOptions.MaxCallBytes"/>; may be reused when the task is done.</param>
    /// <param name="timeout">How long to wait; the other server is told and stops then too.</param>
    /// <param name="cancellationToken">Ends the waiting, not the call.</param>
    /// <exception cref="PeerCallException">No answer; says whether the call may have been carried out.</exception>
    public async Task<ReadOnlyMemory<byte>> CallAsync(
        ulong node, ushort kind, ReadOnlyMemory<byte> body, TimeSpan timeout, CancellationToken cancellationToken = default) =>
        _links.TryGetValue(node, out var link)
            ? await link.Calls.CallAsync(kind, body, timeout, cancellationToken).ConfigureAwait(false)
            : throw new PeerCallException(PeerCallError.Unreachable, $"The address of server {node:x16} is not known.");

    /// <summary>Finds out who is at an address, with all proofs of a real connection.</summary>
    /// <exception cref="IOException">Nobody, or nobody who gets through the handshake; a <see cref="PeerRefusedException"/> says why not.</exception>
    public async Task<PeerHello> HelloAsync(PeerAddress address, CancellationToken cancellationToken = default)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stopping.Token);
        using var session = await _context.Dialer.DialAsync(address, expected: 0, StreamClass.Call, either.Token).ConfigureAwait(false);
        return session.Peer;
    }

    /// <summary>Judges all open connections again: call it when a node was removed or trust has changed. The transport does it by itself every
    /// <see cref="PeerTransportOptions.RecheckEvery"/>.</summary>
    public void Recheck() => _handshake.Recheck();

    public async ValueTask DisposeAsync()
    {
        Task[] closing;
        lock (_lock)
        {
            if (_stopping.IsCancellationRequested)
            {
                return;
            }

            _stopping.Cancel();
            closing = [.. _closing, .. _links.Values.Select(link => link.DisposeAsync().AsTask())];
            _links = FrozenDictionary<ulong, PeerLink>.Empty;
        }

        await _recheck.DisposeAsync().ConfigureAwait(false);
        _listener.Dispose();
        _inbound.CloseAll();
        await Task.WhenAll(closing).ConfigureAwait(false);
        await _accepting.ConfigureAwait(false);
        await _served.Task.ConfigureAwait(false);
        _transfers.Dispose();
        _stopping.Dispose();
    }

    private PeerRefusal Judge(PeerHello peer, PeerRole self) =>
        self == PeerRole.Listener && !_inbound.HasRoomFor(peer.NodeId) ? PeerRefusal.TooManyPeers : _parts.Handler.Judge(peer);

    private static void CheckFacts(PeerFacts self)
    {
        ArgumentNullException.ThrowIfNull(self);
        if (!MessageRules.IsNodeId(self.NodeId))
        {
            throw new ArgumentException($"{self.NodeId:x16} cannot be a node's id.", nameof(self));
        }

        Welcome.Encode([], self);
    }
}
