using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Konsul.Mesh.Raft.Host.Peers;
using Konsul.Mesh.Raft.Host.Peers.Codec;
using Konsul.Mesh.Raft.Host.Peers.Handshake;

namespace Konsul.Mesh.Raft.Host.Tests.Peers;

/// <summary>An attacker's end of a connection: real TLS with a key of its own, and frames by hand.</summary>
internal sealed class RawPeer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly Socket _socket;
    private readonly SslStream _tls;
    private readonly FrameReader _reader;
    private readonly FrameWriter _writer;

    private RawPeer(Socket socket)
    {
        _socket = socket;
        _tls = new SslStream(new NetworkStream(socket));
        _reader = new FrameReader(_tls);
        _writer = new FrameWriter(_tls, TimeProvider.System, Patience);
    }

    public static async Task<RawPeer> DialAsync(PeerAddress address, SslStreamCertificateContext? certificate = null)
    {
        var peer = new RawPeer(await ConnectAsync(address));
        using var deadline = new CancellationTokenSource(Patience);
        await PeerTls.AuthenticateAsync(peer._tls, PeerRole.Dialer, certificate ?? EphemeralCertificate.Create(TimeProvider.System), deadline.Token);
        return peer;
    }

    public static async Task<RawPeer> AcceptAsync(TcpListener listener)
    {
        using var deadline = new CancellationTokenSource(Patience);
        var peer = new RawPeer(await listener.AcceptSocketAsync(deadline.Token));
        await PeerTls.AuthenticateAsync(peer._tls, PeerRole.Listener, EphemeralCertificate.Create(TimeProvider.System), deadline.Token);
        return peer;
    }

    /// <summary>A bare TCP connection.</summary>
    public static async Task<Socket> ConnectAsync(PeerAddress address)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(address.Host, address.Port);
        return socket;
    }

    public static (TcpListener Listener, PeerAddress Address) Listen()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return (listener, new PeerAddress("127.0.0.1", ((IPEndPoint)listener.LocalEndpoint).Port));
    }

    public static Hello Hello(ulong node, StreamClass stream = StreamClass.Control) => new()
    {
        Class = stream,
        Flags = HelloFlags.HasToken,
        NodeId = node,
        Process = node,
        ClusterId = PeerNode.Cluster,
        Nonce = new byte[Konsul.Mesh.Raft.Host.Peers.Handshake.Hello.NonceSize],
    };

    public Task SendAsync(FrameKind kind, byte[] body) => _writer.WriteAsync(kind, body);

    public Task SendBytesAsync(byte[] bytes) => _tls.WriteAsync(bytes).AsTask();

    /// <summary>Null at the end of the stream, whichever way it ended.</summary>
    public async Task<(FrameKind Kind, byte[] Body)?> ReadAsync()
    {
        using var deadline = new CancellationTokenSource(Patience);
        try
        {
            return await _reader.ReadAsync(1 << 24, deadline.Token) ? (_reader.Kind, new BodyReader(_reader.Body).Bytes((int)_reader.Body.Length)) : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _tls.DisposeAsync();
        _socket.Dispose();
        _writer.Dispose();
    }
}
