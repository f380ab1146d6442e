using System.Collections.Concurrent;
using Konsul.Mesh.Raft.Host.Peers;
using Konsul.Mesh.Raft.Host.Peers.Calls;

namespace Konsul.Mesh.Raft.Host.Tests.Peers;

/// <summary>A host that writes down what it is told.</summary>
internal sealed class RecordingHandler : IPeerHandler
{
    private int _unreachable;

    public ulong CurrentTerm { get; set; } = 1;

    public ConcurrentQueue<Message> Messages { get; } = new();

    public ConcurrentQueue<ulong> Lost { get; } = new();

    public ConcurrentQueue<(ulong Node, bool Succeeded)> Snapshots { get; } = new();

    public int Unreachable => Volatile.Read(ref _unreachable);

    /// <summary>Runs before a message is written down; the stream waits for it.</summary>
    public Func<Message, CancellationToken, Task> Before { get; set; } = (_, _) => Task.CompletedTask;

    public Func<PeerHello, PeerRefusal> Judgement { get; set; } = _ => PeerRefusal.None;

    public Func<PeerCall, CancellationToken, Task<ReadOnlyMemory<byte>>> Answer { get; set; } = (call, _) => Task.FromResult(call.Body);

    public PeerRefusal Judge(PeerHello peer) => Judgement(peer);

    public async ValueTask OnMessageAsync(Message message, CancellationToken cancellationToken)
    {
        await Before(message, cancellationToken);
        Messages.Enqueue(message);
    }

    public void OnUnreachable(ulong nodeId) => Interlocked.Increment(ref _unreachable);

    public void OnConnectionLost(ulong nodeId) => Lost.Enqueue(nodeId);

    public void OnSnapshotStatus(ulong nodeId, bool succeeded) => Snapshots.Enqueue((nodeId, succeeded));

    public async ValueTask<ReadOnlyMemory<byte>> OnCallAsync(PeerCall call, CancellationToken cancellationToken) => await Answer(call, cancellationToken);
}
