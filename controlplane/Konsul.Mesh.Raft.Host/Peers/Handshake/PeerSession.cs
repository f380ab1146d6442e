using System.Net.Security;
using Konsul.Mesh.Raft.Host.Peers.Codec;
using Konsul.Mesh.Raft.Host.Peers.Network;

namespace Konsul.Mesh.Raft.Host.Peers.Handshake;

/// <summary>An open connection to a peer that has proven itself. One owner reads, one writes, and the one who got it disposes it after both.</summary>
internal sealed class PeerSession(
    PeerHello peer,
    PeerRole role,
    IPeerConnection connection,
    SslStream stream,
    FrameReader reader,
    PeerCertificates certificates,
    Action<PeerSession> disposed) : IDisposable
{
    private readonly CancellationTokenSource _retired = new();
    private int _onPurpose;

    public PeerHello Peer => peer;

    public PeerCertificates Certificates => certificates;

    /// <summary>The other end's.</summary>
    public PeerRole PeerRole { get; } = role == PeerRole.Dialer ? PeerRole.Listener : PeerRole.Dialer;

    public Stream Stream => stream;

    public FrameReader Reader => reader;

    /// <summary>True when one end has closed it on purpose: then its end tells nothing about the peer's process.</summary>
    public bool EndedOnPurpose => Volatile.Read(ref _onPurpose) != 0;

    /// <summary>Cancelled by <see cref="Retire"/>.</summary>
    public CancellationToken Retired => _retired.Token;

    /// <summary>Ends it on purpose, without a word. From any thread.</summary>
    public void Close()
    {
        NoteGoodbye();
        Abort();
    }

    /// <summary>Ends it on purpose; on a stream of messages the one who writes says goodbye first, or the peer would take it for our end. From any thread.</summary>
    public void Retire()
    {
        NoteGoodbye();
        if (peer.Class is StreamClass.Control or StreamClass.Bulk)
        {
            _retired.Cancel();
        }
        else
        {
            Abort();
        }
    }

    /// <summary>The peer has said goodbye, or we have.</summary>
    public void NoteGoodbye() => Volatile.Write(ref _onPurpose, 1);

    /// <summary>Ends it at once; whoever reads or writes gets an exception. From any thread.</summary>
    public void Abort() => connection.Dispose();

    public void Dispose()
    {
        disposed(this);
        connection.Dispose();
        stream.Dispose();
        reader.Close();
        certificates.Dispose();
    }
}
