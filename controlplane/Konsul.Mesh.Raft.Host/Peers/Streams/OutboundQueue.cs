using Konsul.Mesh.Raft.Host.Peers.Codec;

namespace Konsul.Mesh.Raft.Host.Peers.Streams;

/// <summary>
/// Messages that wait for their stream, in order, bounded by count and bytes. When some wait, the oldest heartbeat gives way to a newer one of
/// its kind, which says all that the older did; what finds no place is dropped, as Raft allows. Thread-safe, one reader.
/// </summary>
internal sealed class OutboundQueue(int maxMessages, long maxBytes)
{
    /// <summary>From so many on. Thousands that had gathered for a server that was cut off would each be answered, and each answer of a server that is far
    /// behind makes the leader send entries.</summary>
    private const int Some = 4;

    private readonly Lock _lock = new();
    private readonly Wakeup _filled = new();
    private List<Message> _waiting = [];
    private List<Message> _spare = [];
    private long _bytes;

    /// <returns>How many messages were dropped to obey the bounds: the new one or an old heartbeat, else 0; and whether the new one is in.</returns>
    public (int Dropped, bool Taken) Add(Message message)
    {
        var size = MessageCodec.SizeOf(message);
        var dropped = 0;
        lock (_lock)
        {
            var isFull = _waiting.Count >= maxMessages || (_bytes + size > maxBytes && _waiting.Count > 0);
            if (isFull || _waiting.Count >= Some)
            {
                var oldest = message.Type is MessageType.Heartbeat or MessageType.HeartbeatResp ? _waiting.FindIndex(m => m.Type == message.Type) : -1;
                if (oldest >= 0)
                {
                    _bytes -= MessageCodec.SizeOf(_waiting[oldest]);
                    _waiting.RemoveAt(oldest);
                    dropped = 1;
                }
                else if (isFull)
                {
                    return (1, false);
                }
            }

            _waiting.Add(message);
            _bytes += size;
        }

        _filled.Set();
        return (dropped, true);
    }

    /// <summary>Waits until there is something and takes all of it. The list is the reader's until the next call.</summary>
    public async ValueTask<List<Message>> TakeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            lock (_lock)
            {
                if (_waiting.Count > 0)
                {
                    _spare.Clear();
                    (_waiting, _spare) = (_spare, _waiting);
                    _bytes = 0;
                    return _spare;
                }
            }

            await _filled.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <returns>How many waited.</returns>
    public int Clear()
    {
        lock (_lock)
        {
            var count = _waiting.Count;
            _waiting.Clear();
            _bytes = 0;
            return count;
        }
    }
}
