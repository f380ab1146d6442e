using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;

namespace Konsul.Mesh.Proxy.Core.Connections;

/// <summary>
/// Reads a stream for an HTTP parser with one copy and no second loop. As soon as the parser has taken everything, the next receive
/// is started, into one block and no more: so a client that goes away is noticed while its request is being answered, for the same number of
/// system calls. Continuations run on the thread that completed the receive.
/// </summary>
/// <remarks>
/// Invariants, under the lock: at most one receive is in flight; it writes only behind <see cref="ReadSegment.Filled"/> of the tail, which is
/// therefore never released before it ended; a waiting reader implies a receive in flight.
/// </remarks>
internal sealed class PrefetchPipeReader : PipeReader, IValueTaskSource<ReadResult>
{
    private const int MinFree = 1024;
    private readonly Stream _stream;
    private readonly BlockPool _pool;
    private readonly Action<Exception?> _ended;
    private readonly Action _onReceived;
    private readonly Lock _lock = new();
    private ManualResetValueTaskSourceCore<ReadResult> _source;
    private ConfiguredValueTaskAwaitable<int>.ConfiguredValueTaskAwaiter _receive;
    private ReadSegment? _head;
    private ReadSegment? _tail;
    private int _headOffset;
    private bool _allExamined = true;
    private bool _bulk;
    private bool _receiving;
    private bool _waiting;
    private bool _canceled;
    private bool _finished;
    private bool _completed;
    private Exception? _error;

    /// <param name="stream">What to read; not owned.</param>
    /// <param name="pool">Where blocks come from.</param>
    /// <param name="ended">Called once when the peer ended its side (null) or the stream broke.</param>
    public PrefetchPipeReader(Stream stream, BlockPool pool, Action<Exception?> ended)
    {
        _stream = stream;
        _pool = pool;
        _ended = ended;
        _onReceived = OnReceived;
    }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        bool start;
        lock (_lock)
        {
            if (TryTakeResult(out var result))
            {
                return new ValueTask<ReadResult>(result);
            }

            if (_waiting)
            {
                throw new InvalidOperationException("A read is in progress.");
            }

            _waiting = true;
            _source.Reset();
            start = BeginReceive();
        }

        if (start)
        {
            Receive();
        }

        var read = new ValueTask<ReadResult>(this, _source.Version);
        return cancellationToken.CanBeCanceled ? CancelableAsync(read, cancellationToken) : read;
    }

    public override bool TryRead(out ReadResult result)
    {
        lock (_lock)
        {
            return TryTakeResult(out result);
        }
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        bool start;
        lock (_lock)
        {
            if (consumed.GetObject() is ReadSegment to)
            {
                ReleaseUntil(to, consumed.GetInteger());
            }

            _allExamined = _tail is null || (ReferenceEquals(examined.GetObject(), _tail) && examined.GetInteger() == _tail.Filled);
            start = _allExamined && !_finished && !_completed && BeginReceive();
        }

        if (start)
        {
            Receive();
        }
    }

    public override void CancelPendingRead()
    {
        lock (_lock)
        {
            if (!_waiting)
            {
                _canceled = true;
                return;
            }

            _waiting = false;
        }

        _source.SetResult(new ReadResult(Buffered(), isCanceled: true, isCompleted: false));
    }

    public override void Complete(Exception? exception = null)
    {
        lock (_lock)
        {
            _completed = true;
            if (!_receiving)
            {
                ReleaseAll();
            }
        }
    }

    ReadResult IValueTaskSource<ReadResult>.GetResult(short token) => _source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<ReadResult>.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource<ReadResult>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadResult> CancelableAsync(ValueTask<ReadResult> read, CancellationToken cancellation)
    {
        using var registration = cancellation.UnsafeRegister(static (r, token) => ((PrefetchPipeReader)r!).GiveUpWaiting(token), this);
        return await read.ConfigureAwait(false);
    }

    /// <summary>The receive goes on: what it brings is for the next read.</summary>
    private void GiveUpWaiting(CancellationToken cancellation)
    {
        lock (_lock)
        {
            if (!_waiting)
            {
                return;
            }

            _waiting = false;
        }

        _source.SetException(new OperationCanceledException(cancellation));
    }

    private bool TryTakeResult(out ReadResult result)
    {
        if (_completed)
        {
            throw new InvalidOperationException("The reader was completed.");
        }

        if (_canceled)
        {
            _canceled = false;
            result = new ReadResult(Buffered(), isCanceled: true, isCompleted: false);
            return true;
        }

        if (!_allExamined || _finished)
        {
            if (_finished && _error is not null && _allExamined)
            {
                throw new IOException(_error.Message, _error);
            }

            result = new ReadResult(Buffered(), isCanceled: false, isCompleted: _finished);
            return true;
        }

        result = default;
        return false;
    }

    private ReadOnlySequence<byte> Buffered() =>
        _head is null ? ReadOnlySequence<byte>.Empty : new ReadOnlySequence<byte>(_head, _headOffset, _tail!, _tail!.Filled);

    /// <returns>Whether the caller must call <see cref="Receive"/> after it left the lock.</returns>
    private bool BeginReceive()
    {
        if (_receiving)
        {
            return false;
        }

        _receiving = true;
        if (_tail is null)
        {
            _head = _tail = new ReadSegment(_pool.Rent(_bulk ? BlockPool.LargeBlock : BlockPool.SmallBlock));
            _headOffset = 0;
        }
        else if (_tail.Free.Length < MinFree)
        {
            var next = new ReadSegment(_pool.Rent(_bulk ? BlockPool.LargeBlock : BlockPool.SmallBlock));
            _tail.Append(next);
            _tail = next;
        }

        return true;
    }

    private void Receive()
    {
        Await(StartReceive());
    }

    private ValueTask<int> StartReceive()
    {
        try
        {
            return _stream.ReadAsync(_tail!.Free);
        }
        catch (Exception e)
        {
            return ValueTask.FromException<int>(e);
        }
    }

    private void Await(ValueTask<int> receive)
    {
        _receive = receive.ConfigureAwait(false).GetAwaiter();
        if (_receive.IsCompleted)
        {
            OnReceived();
        }
        else
        {
            _receive.UnsafeOnCompleted(_onReceived);
        }
    }

    private void OnReceived()
    {
        int count;
        try
        {
            count = _receive.GetResult();
        }
        catch (Exception e)
        {
            Received(0, e);
            return;
        }

        Received(count, null);
    }

    private void Received(int count, Exception? error)
    {
        ReadResult result = default;
        bool wake;
        lock (_lock)
        {
            _receiving = false;
            if (count > 0)
            {
                // Who fills a block has more to send.
                _bulk = count == _tail!.Free.Length;
                _tail.Grow(count);
                _allExamined = false;
            }
            else
            {
                _finished = true;
                _error = error;
            }

            wake = _waiting;
            _waiting = false;
            if (_completed)
            {
                ReleaseAll();
            }
            else if (wake && error is null)
            {
                result = new ReadResult(Buffered(), isCanceled: false, isCompleted: _finished);
            }
        }

        if (count == 0)
        {
            _ended(error);
        }

        if (!wake)
        {
            return;
        }

        if (error is not null)
        {
            _source.SetException(error as IOException ?? new IOException(error.Message, error));
        }
        else
        {
            _source.SetResult(result);
        }
    }

    private void ReleaseUntil(ReadSegment to, int offset)
    {
        while (_head is not null && !ReferenceEquals(_head, to))
        {
            var next = _head.Following;
            _head.Release();
            _head = next;
        }

        _headOffset = offset;
        if (_head is not null && !_receiving && ReferenceEquals(_head, _tail) && offset == _tail.Filled)
        {
            // Nothing is left: start over in the same block, or give it back if it is nearly full.
            _head.Release();
            _head = _tail = null;
        }
    }

    private void ReleaseAll()
    {
        for (var segment = _head; segment is not null; segment = segment.Following)
        {
            segment.Release();
        }

        _head = _tail = null;
        _allExamined = true;
    }
}
