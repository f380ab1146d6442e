namespace Konsul.Mesh.Proxy.Core;

/// <summary>Settings of a host, not of a service: nothing here depends on a snapshot. Every default suits a sidecar.</summary>
public sealed record ProxyEngineOptions
{
    /// <summary>From accept to the end of an inbound handshake, queueing included. Default 10 s.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Handshakes under way at the same time; the others wait within their own timeout. Default 512.</summary>
    public int MaxConcurrentHandshakes { get; init; } = 512;

    /// <summary>Open connections per listener; more are closed at once. Default 16384.</summary>
    public int MaxConnectionsPerListener { get; init; } = 16384;

    /// <summary>Connections that wait in the kernel for accept. Default 512.</summary>
    public int ListenBacklog { get; init; } = 512;

    /// <summary>How long a client may be silent before its protocol is taken for TCP where it is not declared. Default 200 ms.</summary>
    public TimeSpan DetectionTimeout { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Time to open a connection to the local app. Default 1 s.</summary>
    public TimeSpan LocalConnectTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Time for a client to send its request head once it has begun. Default 15 s.</summary>
    public TimeSpan RequestHeadTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Silence after which a client's HTTP connection is closed. Default 2 min.</summary>
    public TimeSpan ClientKeepAlive { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Silence, in both directions, after which a request in flight is given up: 504. Default 5 min.</summary>
    public TimeSpan RequestIdleTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long an unused connection to the local app is kept; below the 5 s after which Node.js closes its side. Default 4 s.</summary>
    public TimeSpan LocalIdleTimeout { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>HTTP/1.1 connections to the local app in use at the same time; requests beyond wait their turn. Default unlimited.</summary>
    public int MaxLocalConnections { get; init; } = int.MaxValue;

    /// <summary>Unused HTTP/1.1 connections to the local app that are kept. Default 512.</summary>
    public int MaxIdleLocalConnections { get; init; } = 512;

    /// <summary>How long a body waits for the app's 100 (Continue) where the client asked for it. Default 1 s.</summary>
    public TimeSpan LocalContinueTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Head of the local app's answer, or its trailers, bytes. Default 64 KiB.</summary>
    public int MaxResponseHeadBytes { get; init; } = 64 * 1024;

    /// <summary>How long an unused connection to a peer is kept. Default 90 s.</summary>
    public TimeSpan PeerIdleTimeout { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>HTTP/2 connections to each peer, over which requests are spread: one lock and one read loop each. Default 2.</summary>
    public int ConnectionsPerPeer { get; init; } = 2;

    /// <summary>Streams that a peer may open on one connection. Default 1000.</summary>
    public int MaxStreamsPerConnection { get; init; } = 1000;

    /// <summary>Sum of all headers of a request, bytes. Default 64 KiB.</summary>
    public int MaxRequestHeadBytes { get; init; } = 64 * 1024;

    public int MaxRequestHeaderCount { get; init; } = 200;

    /// <summary>Endpoints that one request or connection may try, as long as nothing of it has been sent. Default 3.</summary>
    public int MaxAttempts { get; init; } = 3;

    /// <summary>How long sent bytes may stay unacknowledged before the kernel gives the peer up (TCP_USER_TIMEOUT). Default 20 s.</summary>
    public TimeSpan PeerAckTimeout { get; init; } = TimeSpan.FromSeconds(20);

    public LoadBalancing.PeakEwmaOptions Balancing { get; init; } = new();
}
