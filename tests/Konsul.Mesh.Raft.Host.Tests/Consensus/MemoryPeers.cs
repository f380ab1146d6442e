using System.Collections.Concurrent;
using Konsul.Mesh.Raft.Host.Consensus;
using Konsul.Mesh.Raft.Host.Peers.Calls;

namespace Konsul.Mesh.Raft.Host.Tests.Consensus;

/// <summary>The network between logs of one process: direct calls, cut where a test says so.</summary>
internal sealed class MemoryPeers
{
    private readonly ConcurrentDictionary<ulong, TestServer> _servers = new();
    private readonly ConcurrentDictionary<(ulong From, ulong To), bool> _cut = new();

    public IPeerLink LinkOf(ulong id) => new Link(this, id);

    public void Join(TestServer server) => _servers[server.Id] = server;

    public void Leave(ulong id)
    {
        _servers.TryRemove(id, out _);
        foreach (var other in _servers.Values)
        {
            other.Log.OnConnectionLost(id);
        }
    }

    /// <summary>Nothing passes between it and the others, and nobody is told.</summary>
    public void Isolate(ulong id)
    {
        foreach (var other in _servers.Keys.Where(o => o != id))
        {
            _cut[(id, other)] = _cut[(other, id)] = true;
        }
    }

    public void Heal() => _cut.Clear();

    private TestServer? Find(ulong from, ulong to) => _cut.ContainsKey((from, to)) ? null : _servers.GetValueOrDefault(to);

    private sealed class Link(MemoryPeers network, ulong self) : IPeerLink
    {
        public void Send(Message message)
        {
            if (message.Type == MessageType.Snap)
            {
                _ = Task.Run(() => SendSnapshot(message));
            }
            else if (network.Find(self, message.To) is { } target)
            {
                target.Log.OnMessage(message);
            }
        }

        private void SendSnapshot(Message message)
        {
            var sent = false;
            if (network.Find(self, message.To) is { } target && network._servers.GetValueOrDefault(self)?.OpenSnapshot() is { } snapshot)
            {
                using (snapshot)
                {
                    sent = target.Take(snapshot, message);
                }
            }

            if (network._servers.GetValueOrDefault(self) is { } sender)
            {
                sender.Log.OnSnapshotStatus(message.To, sent);
            }
        }

        public async Task<ReadOnlyMemory<byte>> CallAsync(ulong node, CallKind kind, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
        {
            await Task.Yield();
            var target = network.Find(self, node) ?? throw new PeerCallException(PeerCallError.Unreachable, "There is no way to it.");
            var answer = await target.Log.OnForwardAsync(body, cancellationToken);
            return network.Find(node, self) is not null ? answer : throw new PeerCallException(PeerCallError.ConnectionLost, "The answer was lost.");
        }
    }
}
