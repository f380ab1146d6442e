using System.Buffers;
using System.Globalization;
using System.Text;
using Konsul.Mesh.Proxy.Core.Connections;

namespace Konsul.Mesh.Proxy.Core.AppClient;

/// <summary>
/// What a request's content is copied into, while the answer is read beside it. At first it gathers behind the head, so that head and small
/// body leave in one send; after <see cref="OpenAsync"/> each write goes to the socket. Used by one writer; <see cref="Stop"/> by anyone.
/// </summary>
internal sealed class RequestBody(AppExchange exchange, AppConnection connection, long? length) : WriteOnlyStream
{
    private const int GatherUpTo = 16 * 1024;

    /// <summary>A chunk's size line and both line ends, and the last chunk.</summary>
    private const int MaxFrame = 32;
    private static readonly byte[] LastChunk = "0\r\n\r\n"u8.ToArray();
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private byte[]? _gathered;
    private int _count;
    private TaskCompletionSource? _opening;
    private long _written;
    private long _gatheredBody;

    /// <summary>The connection takes no more. An answer may be there all the same.</summary>
    public bool IsRefused { get; private set; }

    public CancellationToken Stopped => _stop.Token;

    /// <param name="head">From the shared array pool; owned from here on.</param>
    /// <param name="count">Bytes in it.</param>
    public void Gather(byte[] head, int count) => (_gathered, _count) = (head, count);

    /// <summary>Nobody wants the rest: the copy into this ends as cancelled.</summary>
    public void Stop() => _stop.Cancel();

    /// <summary>Sends what was gathered; from now on writes go out at once. Writes that come meanwhile wait.</summary>
    public async ValueTask OpenAsync()
    {
        byte[] bytes;
        int count;
        lock (_lock)
        {
            if (_gathered is null)
            {
                return;
            }

            (bytes, count) = Take();
            _opening = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        try
        {
            await SendAndReturnAsync(bytes, count, _gatheredBody == length).ConfigureAwait(false);
        }
        finally
        {
            _opening.SetResult();
        }
    }

    /// <summary>The content has been copied: sends what is left, and the end where a chunked body needs one.</summary>
    public ValueTask FinishAsync()
    {
        if (IsRefused)
        {
            return ValueTask.CompletedTask;
        }

        if (length is { } promised)
        {
            return promised == _written ? OpenAsync() : throw new IOException("The request body is shorter than its Content-Length.");
        }

        if (_gathered is null)
        {
            return SendAsync(LastChunk, isLast: true);
        }

        AppendGathered(LastChunk);
        var (bytes, count) = Take();
        return SendAndReturnAsync(bytes, count, isLast: true);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty)
        {
            return ValueTask.CompletedTask;
        }

        if (length is { } promised && _written + buffer.Length > promised)
        {
            return ValueTask.FromException(new IOException("The request body is longer than its Content-Length."));
        }

        lock (_lock)
        {
            _written += buffer.Length;
            if (_gathered is not null && _count + buffer.Length + MaxFrame <= GatherUpTo)
            {
                if (length is null)
                {
                    AppendGathered(Encoding.ASCII.GetBytes(buffer.Length.ToString("x", CultureInfo.InvariantCulture) + "\r\n"));
                }

                AppendGathered(buffer.Span);
                _gatheredBody += buffer.Length;
                if (length is null)
                {
                    AppendGathered("\r\n"u8);
                }

                return ValueTask.CompletedTask;
            }
        }

        return WriteThroughAsync(buffer);
    }

    /// <summary>Nothing is kept back once it is open, and before that on purpose.</summary>
    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override void Flush()
    {
        // As FlushAsync.
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _stop.Dispose();
        }

        base.Dispose(disposing);
    }

    private async ValueTask WriteThroughAsync(ReadOnlyMemory<byte> data)
    {
        await OpenAsync().ConfigureAwait(false);
        if (_opening is { } opening)
        {
            await opening.Task.ConfigureAwait(false);
        }

        if (length is not null)
        {
            await SendAsync(data, _written == length).ConfigureAwait(false);
            return;
        }

        var frame = ArrayPool<byte>.Shared.Rent(data.Length + MaxFrame);
        data.Length.TryFormat(frame, out var count, "x", CultureInfo.InvariantCulture);
        "\r\n"u8.CopyTo(frame.AsSpan(count));
        data.CopyTo(frame.AsMemory(count + 2));
        "\r\n"u8.CopyTo(frame.AsSpan(count + 2 + data.Length));
        await SendAndReturnAsync(frame, count + data.Length + 4, isLast: false).ConfigureAwait(false);
    }

    private void AppendGathered(ReadOnlySpan<byte> bytes)
    {
        if (_gathered!.Length - _count < bytes.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(GatherUpTo, _count + bytes.Length));
            _gathered.AsSpan(0, _count).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_gathered);
            _gathered = larger;
        }

        bytes.CopyTo(_gathered.AsSpan(_count));
        _count += bytes.Length;
    }

    private (byte[] Bytes, int Count) Take()
    {
        var bytes = _gathered!;
        _gathered = null;
        return (bytes, _count);
    }

    private async ValueTask SendAndReturnAsync(byte[] bytes, int count, bool isLast)
    {
        await SendAsync(bytes.AsMemory(0, count), isLast).ConfigureAwait(false);
        ArrayPool<byte>.Shared.Return(bytes);
    }

    private async ValueTask SendAsync(ReadOnlyMemory<byte> bytes, bool isLast)
    {
        if (isLast)
        {
            exchange.LastOfRequestGoesOut();
        }

        try
        {
            var sending = connection.SendAsync(bytes).AsTask();
            if (isLast && !sending.IsCompleted)
            {
                exchange.LastOfRequestIsHeldUp();
            }

            await sending.ConfigureAwait(false);
        }
        catch (Exception e) when (AppExchange.IsConnectionFailure(e))
        {
            IsRefused = true;
            exchange.RequestEnded(whole: false);
            throw new IOException("The app takes no more of the request.", e);
        }

        if (isLast)
        {
            exchange.RequestEnded(whole: true);
        }
    }
}
