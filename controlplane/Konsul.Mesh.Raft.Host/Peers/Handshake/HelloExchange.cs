using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using Konsul.Mesh.Raft.Host.Peers.Codec;
using Konsul.Mesh.Raft.Host.Peers.Network;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Raft.Host.Peers.Handshake;

/// <summary>One hello exchange, from TLS to the last Welcome; see <see cref="PeerHandshake"/> for its steps.</summary>
internal sealed class HelloExchange(
    PeerHandshake owner,
    IPeerConnection connection,
    PeerRole role,
    SslStreamCertificateContext? certificate,
    PeerCertificates theirs,
    SslStream tls,
    FrameReader reader) : IDisposable
{
    private readonly FrameWriter _writer = new(tls, owner.Time, owner.Options.SendTimeout);
    private readonly PeerFacts _self = owner.Self;
    private byte[] _dialerHello = [];
    private byte[] _listenerHello = [];

    /// <summary>The other end has a certificate of the server it claims to be, or is on this machine where that is enough. A token proves the listener
    /// in its last frame only.</summary>
    private bool _isProven;

    private JoinToken? Token => owner.Options.Token;

    public async Task<PeerHello> RunAsync(Func<HelloExchange, Task<PeerHello>> exchange)
    {
        try
        {
            return await exchange(this).ConfigureAwait(false);
        }
        catch (PeerRefusedException e) when (!e.ByPeer)
        {
            await TryRefuseAsync(e.Refusal).ConfigureAwait(false);
            throw;
        }
    }

    public void Dispose() => _writer.Dispose();

    public async Task<PeerHello> DialAsync(ulong expected, StreamClass stream, CancellationToken cancellationToken)
    {
        var mine = MyHello(stream);
        _dialerHello = mine.Encode();
        await _writer.WriteAsync(FrameKind.Hello, _dialerHello).ConfigureAwait(false);

        await ExpectAsync(FrameKind.Hello, Hello.MaxSize, cancellationToken).ConfigureAwait(false);
        var hello = Take(out _listenerHello);
        Check(mine, hello, expected);
        var proof = Decide(mine, hello);
        _isProven = proof is PeerProof.Certificate or PeerProof.Loopback;
        await _writer.WriteAsync(FrameKind.Proof, Mac(proof, PeerRole.Dialer)).ConfigureAwait(false);

        await ExpectAsync(FrameKind.Welcome, Welcome.MaxSize, cancellationToken).ConfigureAwait(false);
        var facts = Welcome.Decode(reader.Body, hello, out var mac);
        CheckMac(proof, PeerRole.Listener, mac);
        var peer = Admit(new PeerHello(facts, stream, proof, hello.Version));
        await _writer.WriteAsync(FrameKind.Welcome, Welcome.Encode([], _self)).ConfigureAwait(false);
        return peer;
    }

    public async Task<PeerHello> AcceptAsync(CancellationToken cancellationToken)
    {
        await ExpectAsync(FrameKind.Hello, Hello.MaxSize, cancellationToken).ConfigureAwait(false);
        var hello = Take(out _dialerHello);
        var mine = MyHello(hello.Class);
        Check(mine, hello, expected: 0);
        var proof = Decide(mine, hello);
        _listenerHello = mine.Encode();
        await _writer.WriteAsync(FrameKind.Hello, _listenerHello).ConfigureAwait(false);

        await ExpectAsync(FrameKind.Proof, TokenProof.Size, cancellationToken).ConfigureAwait(false);
        CheckMac(proof, PeerRole.Dialer, Bytes());
        Admit(new PeerHello(new PeerFacts(hello.NodeId, hello.ClusterId, "", "", ""), hello.Class, proof, hello.Version));
        await _writer.WriteAsync(FrameKind.Welcome, Welcome.Encode(Mac(proof, PeerRole.Listener), _self)).ConfigureAwait(false);

        await ExpectAsync(FrameKind.Welcome, Welcome.MaxSize, cancellationToken).ConfigureAwait(false);
        var facts = Welcome.Decode(reader.Body, hello, out _);

        // Its addresses come only now, and the host may learn from them where a server has moved to.
        return Admit(new PeerHello(facts, hello.Class, proof, hello.Version));
    }

    private Hello MyHello(StreamClass stream) => new()
    {
        Class = stream,
        Flags = (certificate is null ? 0 : HelloFlags.HasCertificate) | (Token is null ? 0 : HelloFlags.HasToken),
        NodeId = _self.NodeId,
        ClusterId = _self.ClusterId,
        Process = owner.Process,
        Nonce = RandomNumberGenerator.GetBytes(Hello.NonceSize),
    };

    private static void Check(Hello mine, Hello theirs, ulong expected)
    {
        var refusal = theirs switch
        {
            _ when theirs.OldestVersion > Hello.CurrentVersion || theirs.Version < Hello.OldestVersionSpoken => PeerRefusal.UnknownVersion,
            _ when theirs.NodeId == mine.NodeId => theirs.Process == mine.Process ? PeerRefusal.Self : PeerRefusal.DuplicateNodeId,
            _ when PeerHandshake.AreStrangers(theirs.ClusterId, mine.ClusterId) => PeerRefusal.WrongCluster,
            _ when expected != 0 && theirs.NodeId != expected => PeerRefusal.UnexpectedNode,
            _ when theirs.Class != mine.Class || !Enum.IsDefined(theirs.Class) => PeerRefusal.UnknownClass,
            _ => PeerRefusal.None,
        };
        if (refusal != PeerRefusal.None)
        {
            throw new PeerRefusedException(refusal, byPeer: false, $"It says it is node {theirs.NodeId:x16} of cluster {theirs.ClusterId}.");
        }
    }

    private PeerProof Decide(Hello mine, Hello hello)
    {
        if (mine.Flags.HasFlag(HelloFlags.HasCertificate) && hello.Flags.HasFlag(HelloFlags.HasCertificate))
        {
            var theirRole = role == PeerRole.Dialer ? PeerRole.Listener : PeerRole.Dialer;
            return owner.CheckCertificate(theirs, theirRole, hello.NodeId) is { } refusal ? throw refusal : PeerProof.Certificate;
        }

        if (hello.Flags.HasFlag(HelloFlags.HasToken) != (Token is not null))
        {
            throw new PeerRefusedException(PeerRefusal.TokenMismatch, byPeer: false, Token is null ? "Only the peer has one." : "The peer has none.");
        }

        if (Token is not null)
        {
            return PeerProof.Token;
        }

        if (!IPAddress.IsLoopback(connection.LocalEndPoint.Address) || !IPAddress.IsLoopback(connection.RemoteEndPoint.Address))
        {
            throw new PeerRefusedException(PeerRefusal.TokenRequired, byPeer: false);
        }

        owner.WarnOnce();
        return PeerProof.Loopback;
    }

    private byte[] Mac(PeerProof proof, PeerRole prover) => proof == PeerProof.Token ? TokenProof.Make(Token!, prover, Transcript()) : [];

    private void CheckMac(PeerProof proof, PeerRole prover, byte[] mac)
    {
        var fits = proof == PeerProof.Token ? TokenProof.Fits(mac, Token!, prover, Transcript()) : mac.Length == 0;
        if (!fits)
        {
            throw new PeerRefusedException(PeerRefusal.TokenMismatch, byPeer: false, "The proof does not fit.");
        }
    }

    private Transcript Transcript()
    {
        var mine = (certificate ?? owner.Ephemeral).TargetCertificate.RawDataMemory;
        var other = theirs.Leaf.RawDataMemory;
        return role == PeerRole.Dialer
            ? new Transcript(mine, other, _dialerHello, _listenerHello)
            : new Transcript(other, mine, _dialerHello, _listenerHello);
    }

    private PeerHello Admit(PeerHello peer)
    {
        var refusal = owner.Judge(peer, role);
        return refusal == PeerRefusal.None ? peer : throw new PeerRefusedException(refusal, byPeer: false, $"It is node {peer.NodeId:x16}.");
    }

    private Hello Take(out byte[] bytes)
    {
        bytes = Bytes();
        return Hello.Decode(reader.Body);
    }

    private byte[] Bytes() => new BodyReader(reader.Body).Bytes((int)reader.Body.Length);

    private async Task ExpectAsync(FrameKind kind, int maxBody, CancellationToken cancellationToken)
    {
        var arrived = await reader.ReadAsync(maxBody, cancellationToken).ConfigureAwait(false);
        if (arrived && reader.Kind == FrameKind.Refusal)
        {
            throw new PeerRefusedException((PeerRefusal)new BodyReader(reader.Body).U8(), byPeer: true, isProven: _isProven);
        }

        if (!arrived || reader.Kind != kind)
        {
            throw new PeerProtocolException(
                arrived ? PeerFault.UnknownFrame : PeerFault.CutOff, $"The hello exchange ended where a frame of kind {kind} was due.");
        }
    }

    /// <summary>Best effort: it tells the other operator; who does not read it only loses that.</summary>
    private async Task TryRefuseAsync(PeerRefusal refusal)
    {
        try
        {
            await _writer.WriteAsync(FrameKind.Refusal, [(byte)refusal]).ConfigureAwait(false);
            await tls.ShutdownAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (PeerErrors.IsConnectionEnd(e))
        {
            owner.Logger.LogDebug("A refusal did not reach the peer: {Reason}", e.Message);
        }
    }
}
