using System.Net;
using Konsul.Mesh.Raft.Host.Peers;
using Konsul.Mesh.Raft.Host.Peers.Network;
using Konsul.Mesh.TestKit;

namespace Konsul.Mesh.Raft.Host.Tests.Peers;

/// <summary>One server's transport with everything around it recorded.</summary>
internal sealed class PeerNode : IAsyncDisposable
{
    public static readonly Guid Cluster = new("11111111-2222-3333-4444-555555555555");

    /// <summary>Every deadline of the transport, unless a test sets its own: a busy machine must not look like a dead peer.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static readonly JoinToken Token = JoinToken.Create("a-token-that-tests-share");

    private PeerNode(PeerTransport transport) => Transport = transport;

    public PeerTransport Transport { get; }

    public required ulong Id { get; init; }

    public required RecordingHandler Handler { get; init; }

    public required MemorySnapshots Snapshots { get; init; }

    public required RecordingLogger Log { get; init; }

    public required PeerMetrics Metrics { get; init; }

    public PeerAddress Address => new(Transport.LocalEndPoint.Address.ToString(), Transport.LocalEndPoint.Port);

    /// <summary>On TCP over loopback with the common token, unless told otherwise.</summary>
    public static PeerNode Start(
        ulong id,
        IPeerNetwork? network = null,
        IPeerIdentity? identity = null,
        TimeProvider? time = null,
        Guid? cluster = null,
        int port = 0,
        Func<PeerTransportOptions, PeerTransportOptions>? options = null)
    {
        var (handler, snapshots, log, metrics) = (new RecordingHandler(), new MemorySnapshots(), new RecordingLogger(), new PeerMetrics());
        var settings = new PeerTransportOptions
        {
            Listen = new IPEndPoint(IPAddress.Loopback, port),
            Token = Token,
            HandshakeTimeout = Patience,
            SendTimeout = Patience,
        };
        var facts = new PeerFacts(id, cluster ?? Cluster, $"raft-{id}:7000", $"http-{id}:8500", $"grpc-{id}:8503");
        var transport = PeerTransport.Start(options?.Invoke(settings) ?? settings, facts, new PeerTransportParts
        {
            Handler = handler,
            Identity = identity ?? TestIdentity.None,
            Source = snapshots,
            Sink = snapshots,
            Metrics = metrics,
            Time = time ?? TimeProvider.System,
            Logger = log,
            Network = network ?? new SocketPeerNetwork(),
            Jitter = new NoJitter(),
        });
        return new PeerNode(transport) { Id = id, Handler = handler, Snapshots = snapshots, Log = log, Metrics = metrics };
    }

    public void SetPeers(params PeerNode[] peers) => Transport.SetPeers(peers.ToDictionary(p => p.Id, p => p.Address));

    public void Send(PeerNode to, Message message) => Transport.Send(message with { From = Id, To = to.Id });

    public static Message Heartbeat(ulong context = 0) => new() { Type = MessageType.Heartbeat, Term = 1, Context = context };

    /// <summary>Urgent like a heartbeat, but no later one takes its place.</summary>
    public static Message Ack(ulong index) => new() { Type = MessageType.AppResp, Term = 1, Index = index };

    public static Message Append(ulong index, int bytes) =>
        new() { Type = MessageType.App, Term = 1, LogTerm = 1, Index = index, Entries = [new Entry(1, index + 1, EntryType.Normal, new byte[bytes])] };

    public static Message Snap(ulong index = 10) =>
        new() { Type = MessageType.Snap, Term = 1, Snapshot = new Snapshot(index, 1, new ConfState { Voters = [1, 2, 3] }) };

    public Task HoldsAsync(string what, Func<PeerNode, bool> probe) =>
        Eventually.HoldsAsync(what, () => Task.FromResult(probe(this) ? null : $"{Handler.Messages.Count} messages, {Handler.Unreachable} unreachable, {Handler.Lost.Count} lost; log: {Log}"));

    public async ValueTask DisposeAsync()
    {
        await Transport.DisposeAsync();
        Metrics.Dispose();
    }

    private sealed class NoJitter : IReconnectJitter
    {
        public double Next() => 0.5;
    }
}
