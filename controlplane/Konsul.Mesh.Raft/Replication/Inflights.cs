namespace Konsul.Mesh.Raft.Replication;

/// <summary>
/// The window of appends sent to one follower and not answered yet, bounded by messages and by bytes. The bound of bytes is soft: the message
/// that reaches it is still sent. A ring that grows with need, since most followers never fill it.
/// </summary>
internal sealed class Inflights(int maxMessages, ulong maxBytes)
{
    private (ulong Index, ulong Bytes)[] _ring = [];
    private int _start;

    public int Count { get; private set; }

    public ulong Bytes { get; private set; }

    public int MaxMessages => maxMessages;

    public bool IsFull => Count == maxMessages || (maxBytes != 0 && Bytes >= maxBytes);

    /// <param name="index">Of the message's last entry; grows from call to call.</param>
    /// <param name="bytes">Payload of the message.</param>
    public void Add(ulong index, ulong bytes)
    {
        if (Count == _ring.Length)
        {
            Grow();
        }

        _ring[(_start + Count) % _ring.Length] = (index, bytes);
        Count++;
        Bytes += bytes;
    }

    /// <summary>Frees every message whose last entry is at or below <paramref name="index"/>.</summary>
    public void FreeUpTo(ulong index)
    {
        while (Count > 0 && _ring[_start].Index <= index)
        {
            Bytes -= _ring[_start].Bytes;
            _start = (_start + 1) % _ring.Length;
            Count--;
        }
    }

    public void Clear() => (_start, Count, Bytes) = (0, 0, 0);

    private void Grow()
    {
        var ring = new (ulong, ulong)[Math.Max(1, _ring.Length * 2)];
        for (var i = 0; i < Count; i++)
        {
            ring[i] = _ring[(_start + i) % _ring.Length];
        }

        (_ring, _start) = (ring, 0);
    }
}
