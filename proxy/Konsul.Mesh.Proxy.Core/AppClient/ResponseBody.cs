using System.Runtime.CompilerServices;
using Konsul.Mesh.Proxy.Core.Connections;

namespace Konsul.Mesh.Proxy.Core.AppClient;

/// <summary>
/// The body of an answer as a stream. What is already received is copied, the rest goes from the socket into the caller's memory; an empty
/// read waits without holding any. The end gives the connection back, disposing before it closes the connection.
/// </summary>
internal sealed class ResponseBody : ReadOnlyStream
{
    private readonly AppExchange _exchange;
    private readonly AppConnection _connection;
    private readonly BodyFraming _framing;
    private readonly HttpResponseMessage _response;
    private readonly ChunkedDecoder? _chunks;
    private long _left;
    private bool _ended;
    private int _disposed;

    /// <param name="exchange">Is told when the body has ended.</param>
    /// <param name="framing">How its end is known.</param>
    /// <param name="length">Where the framing is by length.</param>
    /// <param name="response">Gets the trailers.</param>
    public ResponseBody(AppExchange exchange, BodyFraming framing, long length, HttpResponseMessage response)
    {
        _exchange = exchange;
        _connection = exchange.Connection;
        _framing = framing;
        _response = response;
        _left = framing == BodyFraming.UntilClose ? long.MaxValue : length;
        _chunks = framing == BodyFraming.Chunked ? new ChunkedDecoder(_connection.Head) : null;
        _ended = framing == BodyFraming.None;
    }

    private long DataLeft => _chunks?.DataLeft ?? _left;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_ended)
        {
            return new ValueTask<int>(0);
        }

        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
        try
        {
            if (TryTake(buffer.Span, out var count))
            {
                return new ValueTask<int>(count);
            }
        }
        catch (HttpIOException e)
        {
            _exchange.AnswerEnded(whole: false);
            return ValueTask.FromException<int>(e);
        }

        return ReceiveAsync(buffer, cancellationToken);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _exchange.AnswerEnded(whole: false);
        }

        base.Dispose(disposing);
    }

    /// <summary>Takes from what is received already.</summary>
    /// <returns>False when more must be received first.</returns>
    private bool TryTake(Span<byte> destination, out int count)
    {
        count = 0;
        if (_chunks is not null)
        {
            _connection.Consume(_chunks.Advance(_connection.Unread));
            if (_chunks.IsEnd)
            {
                TakeTrailers();
                End(whole: true);
                return true;
            }
        }

        var unread = _connection.Unread;
        if (unread.IsEmpty || DataLeft == 0)
        {
            return false;
        }

        count = (int)Math.Min(Math.Min(unread.Length, destination.Length), DataLeft);
        unread[..count].CopyTo(destination);
        _connection.Consume(count);
        Took(count);
        return true;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        // The request's own token is watched for the whole exchange.
        using var registration = cancellation == _exchange.Cancellation
            ? default
            : cancellation.UnsafeRegister(static c => ((AppConnection)c!).Abort(), _connection);
        try
        {
            while (true)
            {
                int count;
                if (DataLeft > 0)
                {
                    count = await _connection.ReceiveAsync(buffer[..(int)Math.Min(buffer.Length, DataLeft)]).ConfigureAwait(false);
                    return buffer.IsEmpty || Received(count) ? count : 0;
                }

                count = await _connection.ReceiveAsync().ConfigureAwait(false);
                _connection.Received(count);
                if (count == 0)
                {
                    throw MalformedAnswer.Truncated();
                }

                if (TryTake(buffer.Span, out var taken))
                {
                    return taken;
                }
            }
        }
        catch (Exception e) when (AppExchange.IsConnectionFailure(e))
        {
            _exchange.AnswerEnded(whole: false);
            cancellation.ThrowIfCancellationRequested();
            throw _exchange.Translate(e);
        }
    }

    /// <returns>False at the end of a body that ends with the connection.</returns>
    private bool Received(int count)
    {
        if (count > 0)
        {
            Took(count);
            return true;
        }

        if (_framing != BodyFraming.UntilClose)
        {
            throw MalformedAnswer.Truncated();
        }

        End(whole: true);
        return false;
    }

    private void Took(int count)
    {
        if (_chunks is not null)
        {
            _chunks.TookData(count);
            return;
        }

        if (_framing == BodyFraming.Length && (_left -= count) == 0)
        {
            End(whole: true);
        }
    }

    private void TakeTrailers()
    {
        foreach (var (name, value) in _connection.Head.Fields)
        {
            _response.TrailingHeaders.TryAddWithoutValidation(name, value);
        }
    }

    private void End(bool whole)
    {
        _ended = true;
        _exchange.AnswerEnded(whole);
    }
}
