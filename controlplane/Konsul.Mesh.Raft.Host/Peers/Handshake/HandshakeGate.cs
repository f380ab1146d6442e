namespace Konsul.Mesh.Raft.Host.Peers.Handshake;

/// <summary>
/// Bounds the connections that have not proven themselves. When it is full, the oldest one goes: a good peer is through in milliseconds, so what
/// is old is slow or hostile, and no number of silent connections keeps a good one out.
/// </summary>
internal sealed class HandshakeGate(int capacity)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<CancellationTokenSource> _inside = [];

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _inside.Count;
            }
        }
    }

    /// <param name="handshake">Cancelled when its place is needed.</param>
    /// <returns>Leaves the gate when disposed.</returns>
    public IDisposable Enter(CancellationTokenSource handshake)
    {
        CancellationTokenSource? evicted = null;
        LinkedListNode<CancellationTokenSource> place;
        lock (_lock)
        {
            if (_inside.Count >= capacity)
            {
                evicted = _inside.First!.Value;
                _inside.RemoveFirst();
            }

            place = _inside.AddLast(handshake);
        }

        try
        {
            evicted?.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has just left by itself.
        }

        return new Place(this, place);
    }

    private sealed class Place(HandshakeGate gate, LinkedListNode<CancellationTokenSource> node) : IDisposable
    {
        public void Dispose()
        {
            lock (gate._lock)
            {
                if (node.List is not null)
                {
                    gate._inside.Remove(node);
                }
            }
        }
    }
}
