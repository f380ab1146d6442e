using Konsul.Mesh.Raft.Host.Peers.Codec;

namespace Konsul.Mesh.Raft.Host.Peers.Streams;

/// <summary>
/// Messages that wait for their stream, in order, bounded by count and bytes. When it is full, the oldest heartbeat gives way to a newer one of
/// its kind, which says all that the older did; what finds no place is dropped, as Raft allows. Thread-safe, one reader.
/// </summary>
internal sealed class OutboundQueue(int maxMessages, long maxBytes)
{
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
            if (_waiting.Count >= maxMessages || (_bytes + size > maxBytes && _waiting.Count > 0))
            {
                var oldest = message.Type is MessageType.Heartbeat or MessageType.HeartbeatResp ? _waiting.FindIndex(m => m.Type == message.Type) : -1;
                if (oldest < 0)
                {
                    return (1, false);
                }

                _bytes -= MessageCodec.SizeOf(_waiting[oldest]);
                _waiting.RemoveAt(oldest);
                dropped = 1;
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
