using System.Buffers;
using System.Net.Sockets;
using Konsul.Mesh.Proxy.Core.Connections;

namespace Konsul.Mesh.Proxy.Core.AppClient;

/// <summary>
/// One connection to the app and what was received on it. Used by one exchange at a time; only <see cref="Abort"/> may be called
/// by anyone. While it is idle a receive is pending, so that it is known without a system call whether the app closed it.
/// </summary>
internal sealed class AppConnection(Socket socket, int maxHeadBytes)
{
    private IMemoryOwner<byte> _block = BlockPool.Instance.Rent(BlockPool.SmallBlock);
    private int _start;
    private int _end;
    private ValueTask<int> _pending;
    private bool _armed;

    /// <summary>A receive into the block has begun and its end was not seen: the block must not be given to anybody else.</summary>
    private bool _receiving;

    /// <summary>Reused from exchange to exchange.</summary>
    public ResponseHead Head { get; } = new(maxHeadBytes);

    /// <summary>Since when it is idle, timestamp.</summary>
    public long IdleSince { get; set; }

    /// <summary>Whether it carried a request before this one.</summary>
    public bool IsReused { get; set; }

    /// <summary>Whether an idle connection is of no more use: the app closed it or sent what nobody asked for.</summary>
    public bool IsStale => _armed && _pending.IsCompleted;

    public ReadOnlySpan<byte> Unread => _block.Memory.Span[_start.._end];

    public void Consume(int count) => _start += count;

    /// <summary>Waits for more bytes behind <see cref="Unread"/>. <see cref="Received"/> must be called with the result.</summary>
    public ValueTask<int> ReceiveAsync()
    {
        _receiving = true;
        if (_armed)
        {
            _armed = false;
            return _pending;
        }

        MakeRoom();
        return socket.ReceiveAsync(_block.Memory[_end..], SocketFlags.None);
    }

    public void Received(int count)
    {
        _receiving = false;
        _end += count;
    }

    /// <summary>Receives into the caller's memory; only while nothing is unread. Empty memory waits until there is something.</summary>
    public ValueTask<int> ReceiveAsync(Memory<byte> destination) => socket.ReceiveAsync(destination, SocketFlags.None);

    public async ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await socket.SendAsync(bytes, SocketFlags.None).ConfigureAwait(false)..];
        }
    }

    /// <summary>Begins to watch an idle connection.</summary>
    /// <returns>False when it is closed already.</returns>
    public bool TryArm()
    {
        if (_block.Memory.Length > BlockPool.SmallBlock)
        {
            _block.Dispose();
            _block = BlockPool.Instance.Rent(BlockPool.SmallBlock);
        }

        _start = _end = 0;
        try
        {
            Watch(socket.ReceiveAsync(_block.Memory, SocketFlags.None));
        }
        catch (ObjectDisposedException)
        {
            return false;
        }

        _receiving = _armed = true;
        return !_pending.IsCompleted;
    }

    /// <summary>Ends it at once, from any thread, any number of times. Whoever uses it gets an exception.</summary>
    public void Abort() => socket.Dispose();

    /// <summary>Ends it; called once by whoever uses it.</summary>
    public void Close()
    {
        socket.Dispose();
        if (!_receiving)
        {
            _block.Dispose();
        }
    }

    private void Watch(ValueTask<int> receive) => _pending = receive;

    private void MakeRoom()
    {
        if (_start == _end)
        {
            _start = _end = 0;
        }

        if (_end < _block.Memory.Length)
        {
            return;
        }

        if (_start > 0)
        {
            _block.Memory[_start.._end].CopyTo(_block.Memory);
            (_start, _end) = (0, _end - _start);
            return;
        }

        var larger = BlockPool.Instance.Rent(_block.Memory.Length * 4);
        _block.Memory[.._end].CopyTo(larger.Memory);
        _block.Dispose();
        _block = larger;
    }
}
