using System.Diagnostics.Metrics;
using System.Globalization;

namespace Konsul.Mesh.Raft.Host.Peers;

/// <summary>What the transport between servers measures, on the meter <see cref="Name"/>. Labels come from closed sets and from members' ids.</summary>
public sealed class PeerMetrics : IDisposable
{
    public const string Name = "Konsul.Mesh.Raft.Peers";

    private readonly Meter _meter = new(Name);
    private readonly Counter<long> _sent;
    private readonly Counter<long> _sentBytes;
    private readonly Counter<long> _writes;
    private readonly Counter<long> _received;
    private readonly Counter<long> _dropped;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _faults;
    private readonly UpDownCounter<long> _connections;
    private readonly Counter<long> _snapshotBytes;

    public PeerMetrics()
    {
        _sent = _meter.CreateCounter<long>("konsul.raft.peer.sent", "{message}", "Messages written to a peer.");
        _sentBytes = _meter.CreateCounter<long>("konsul.raft.peer.sent.bytes", "By", "Bytes of messages written to a peer, before TLS.");
        _writes = _meter.CreateCounter<long>("konsul.raft.peer.writes", "{write}", "Writes to a peer; each carries all messages that waited.");
        _received = _meter.CreateCounter<long>("konsul.raft.peer.received", "{message}", "Messages received from a peer.");
        _dropped = _meter.CreateCounter<long>("konsul.raft.peer.dropped", "{message}", "Messages dropped: no connection, or a full queue.");
        _refused = _meter.CreateCounter<long>("konsul.raft.peer.refused", "{connection}", "Hello exchanges that were refused, by either end.");
        _faults = _meter.CreateCounter<long>("konsul.raft.peer.faults", "{connection}", "Connections ended because a peer broke the protocol.");
        _connections = _meter.CreateUpDownCounter<long>("konsul.raft.peer.connections", "{connection}", "Open connections after the hello exchange.");
        _snapshotBytes = _meter.CreateCounter<long>("konsul.raft.peer.snapshot.bytes", "By", "Bytes of snapshots sent to a peer.");
    }

    internal Meter Meter => _meter;

    public void Dispose() => _meter.Dispose();

    internal void Sent(ulong peer, StreamClass stream, int messages, int bytes)
    {
        KeyValuePair<string, object?> who = Peer(peer), what = Stream(stream);
        _sent.Add(messages, who, what);
        _sentBytes.Add(bytes, who, what);
        _writes.Add(1, who, what);
    }

    internal void Received(ulong peer, StreamClass stream) => _received.Add(1, Peer(peer), Stream(stream));

    internal void Dropped(ulong peer, StreamClass stream, int messages = 1) => _dropped.Add(messages, Peer(peer), Stream(stream));

    internal void Refused(PeerRefusal refusal) => _refused.Add(1, new KeyValuePair<string, object?>("reason", refusal.ToString()));

    internal void Faulted(PeerFault fault) => _faults.Add(1, new KeyValuePair<string, object?>("reason", fault.ToString()));

    internal void Opened(StreamClass stream) => _connections.Add(1, Stream(stream));

    internal void Closed(StreamClass stream) => _connections.Add(-1, Stream(stream));

    internal void SnapshotSent(ulong peer, int bytes) => _snapshotBytes.Add(bytes, Peer(peer));

    private static KeyValuePair<string, object?> Peer(ulong id) => new("peer", id.ToString("x16", CultureInfo.InvariantCulture));

    private static KeyValuePair<string, object?> Stream(StreamClass stream) => new("stream", stream.ToString());
}
