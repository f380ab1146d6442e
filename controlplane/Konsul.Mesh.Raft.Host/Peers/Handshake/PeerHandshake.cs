using System.Collections.Concurrent;
using System.Net.Security;
using System.Security.Cryptography;
using Konsul.Mesh.Raft.Host.Peers.Codec;
using Konsul.Mesh.Raft.Host.Peers.Network;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Raft.Host.Peers.Handshake;

/// <summary>
/// From a bare connection to a peer that is known. After TLS (D dials, L listens):
/// <code>
/// D → L  Hello                      L refuses, or:
/// L → D  Hello                      both now know how they will prove themselves
/// D → L  Proof    {MAC or empty}    L checks it and asks the host
/// L → D  Welcome  {MAC or empty, addresses}
/// D → L  Welcome  {addresses}       from here on the connection carries what it is for
/// </code>
/// Both have a certificate of the mesh: each must be valid and name the node of the hello. Else both prove the join token, see
/// <see cref="TokenProof"/>; the listener only after the dialer has. Without a token on both ends, both addresses must be loopback. At any
/// point an end may send a Refusal {number:u8} instead, and close.
/// </summary>
internal sealed class PeerHandshake(
    PeerTransportOptions options,
    Func<PeerFacts> self,
    IPeerIdentity identity,
    Func<PeerHello, PeerRole, PeerRefusal> judge,
    TimeProvider time,
    ILogger logger)
{
    private readonly ConcurrentDictionary<PeerSession, bool> _open = new();
    private int _warned;

    public PeerTransportOptions Options => options;

    public TimeProvider Time => time;

    public ILogger Logger => logger;

    public PeerFacts Self => self();

    public ulong Process { get; } = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));

    /// <summary>For TLS as long as the mesh has not issued a certificate.</summary>
    public SslStreamCertificateContext Ephemeral { get; } = EphemeralCertificate.Create(time);

    /// <summary>Takes over the connection, also when it throws.</summary>
    /// <param name="connection">As dialled.</param>
    /// <param name="expected">Whom to find there; 0 for anybody.</param>
    /// <param name="stream">What for.</param>
    /// <param name="cancellationToken">The deadline.</param>
    /// <exception cref="PeerRefusedException">One of the ends will not have the other.</exception>
    public Task<PeerSession> DialAsync(IPeerConnection connection, ulong expected, StreamClass stream, CancellationToken cancellationToken) =>
        RunAsync(connection, PeerRole.Dialer, e => e.DialAsync(expected, stream, cancellationToken), cancellationToken);

    /// <inheritdoc cref="DialAsync"/>
    public Task<PeerSession> AcceptAsync(IPeerConnection connection, CancellationToken cancellationToken) =>
        RunAsync(connection, PeerRole.Listener, e => e.AcceptAsync(cancellationToken), cancellationToken);

    /// <summary>Judges all open connections again and closes those that would not be let in now.</summary>
    public void Recheck()
    {
        foreach (var session in _open.Keys)
        {
            try
            {
                var refusal = JudgeAgain(session, out var reason);
                if (refusal != PeerRefusal.None && _open.ContainsKey(session))
                {
                    logger.LogWarning("The {Stream} connection with server {Node:x16} is closed: {Reason}", session.Peer.Class, session.Peer.NodeId, reason);
                    session.Retire();
                }
            }
            catch (Exception e)
            {
                // The host's. Who cannot be judged is not let in; this runs on a timer, where it would end the process.
                logger.LogError(e, "The {Stream} connection with server {Node:x16} could not be judged and is closed", session.Peer.Class, session.Peer.NodeId);
                session.Retire();
            }
        }
    }

    private PeerRefusal JudgeAgain(PeerSession session, out string reason)
    {
        var certificate = session.Peer.Proof == PeerProof.Certificate
            ? CheckCertificate(session.Certificates, session.PeerRole, session.Peer.NodeId)
            : null;
        var refusal = certificate?.Refusal
            ?? (AreStrangers(self().ClusterId, session.Peer.Facts.ClusterId) ? PeerRefusal.WrongCluster : judge(session.Peer, PeerRole.Dialer));
        reason = certificate?.Message ?? PeerRefusals.Text(refusal);
        return refusal;
    }

    private async Task<PeerSession> RunAsync(
        IPeerConnection connection, PeerRole role, Func<HelloExchange, Task<PeerHello>> exchange, CancellationToken cancellationToken)
    {
        var limited = new LimitedStream(connection.Stream, options.MaxBytesBeforeProof);
        var tls = new SslStream(limited);
        PeerCertificates? theirs = null;
        var reader = new FrameReader(tls);
        try
        {
            var certificate = identity.Current;
            theirs = await PeerTls.AuthenticateAsync(tls, role, certificate ?? Ephemeral, cancellationToken).ConfigureAwait(false);
            using var state = new HelloExchange(this, connection, role, certificate, theirs, tls, reader);
            var peer = await state.RunAsync(exchange).ConfigureAwait(false);
            limited.Lift();
            var session = new PeerSession(peer, role, connection, tls, reader, theirs, s => _open.TryRemove(s, out _));
            _open[session] = true;

            // This server may have got its cluster's id during the exchange; from here on a recheck finds the session.
            if (AreStrangers(self().ClusterId, peer.Facts.ClusterId))
            {
                session.Dispose();
                throw new PeerRefusedException(PeerRefusal.WrongCluster, byPeer: false);
            }

            return session;
        }
        catch
        {
            theirs?.Dispose();
            await tls.DisposeAsync().ConfigureAwait(false);
            connection.Dispose();
            throw;
        }
    }

    /// <returns>Null when it is a valid certificate of that node.</returns>
    public PeerRefusedException? CheckCertificate(PeerCertificates certificates, PeerRole role, ulong nodeId)
    {
        try
        {
            if (!identity.Verify(certificates.Leaf, certificates.Others, role, out var named, out var reason))
            {
                return new PeerRefusedException(PeerRefusal.CertificateRejected, byPeer: false, reason);
            }

            return named == nodeId
                ? null
                : new PeerRefusedException(PeerRefusal.NodeIdMismatch, byPeer: false, $"It names {named:x16}; the hello is from {nodeId:x16}.");
        }
        catch (CryptographicException e)
        {
            // What cannot be read, or a connection that has just ended.
            return new PeerRefusedException(PeerRefusal.CertificateRejected, byPeer: false, e.Message);
        }
    }

    public PeerRefusal Judge(PeerHello peer, PeerRole ownRole) => judge(peer, ownRole);

    public void WarnOnce()
    {
        if (Interlocked.Exchange(ref _warned, 1) == 0)
        {
            logger.LogWarning("Servers on this machine are let in without any proof: there is no join token, and the connection stays on the loopback address.");
        }
    }

    public static bool AreStrangers(Guid one, Guid other) => one != Guid.Empty && other != Guid.Empty && one != other;
}
