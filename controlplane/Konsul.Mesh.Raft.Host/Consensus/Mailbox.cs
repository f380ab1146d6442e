namespace Konsul.Mesh.Raft.Host.Consensus;

/// <summary>What many threads leave and one thread takes, all at once. The one who leaves something wakes the taker itself.</summary>
internal sealed class Mailbox<T>
{
    private readonly object _gate = new();
    private List<T> _items = [];
    private bool _closed;

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _items.Count;
            }
        }
    }

    /// <returns>False after <see cref="Close"/>.</returns>
    public bool Post(T item)
    {
        lock (_gate)
        {
            if (_closed)
            {
                return false;
            }

            _items.Add(item);
            if (_items.Count == 1)
            {
                Monitor.Pulse(_gate);
            }

            return true;
        }
    }

    /// <summary>Waits for something; what is taken replaces the content of <paramref name="into"/>, whose list is used again.</summary>
    /// <returns>False when it is closed and empty.</returns>
    public bool Take(ref List<T> into, TimeSpan timeout)
    {
        into.Clear();
        lock (_gate)
        {
            if (_items.Count == 0 && !_closed && timeout > TimeSpan.Zero)
            {
                Monitor.Wait(_gate, timeout);
            }

            (into, _items) = (_items, into);
            return into.Count > 0 || !_closed;
        }
    }

    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            Monitor.PulseAll(_gate);
        }
    }
}
