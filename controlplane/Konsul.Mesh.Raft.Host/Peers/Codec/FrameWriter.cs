using System.Buffers;

namespace Konsul.Mesh.Raft.Host.Peers.Codec;

/// <summary>
/// Frames to a stream, all that were added in one write. For one writer at a time. A write that takes too long cancels, and the connection is of
/// no use then; to end a write early, end the connection.
/// </summary>
internal sealed class FrameWriter(Stream stream, TimeProvider time, TimeSpan timeout) : IDisposable
{
    /// <summary>A buffer that grew beyond this for one large frame is not kept.</summary>
    private const int MaxKept = 2 * 1024 * 1024;

    private readonly CancellationTokenSource _deadline = new(Timeout.InfiniteTimeSpan, time);
    private ArrayBufferWriter<byte> _buffer = new();

    public IBufferWriter<byte> Buffer => _buffer;

    public int Written => _buffer.WrittenCount;

    public Task WriteAsync(FrameKind kind, ReadOnlySpan<byte> body)
    {
        Frame.Write(_buffer, kind, body);
        return FlushAsync();
    }

    /// <exception cref="OperationCanceledException">The peer does not read.</exception>
    public async Task FlushAsync()
    {
        _deadline.CancelAfter(timeout);
        await stream.WriteAsync(_buffer.WrittenMemory, _deadline.Token).ConfigureAwait(false);
        _deadline.CancelAfter(Timeout.InfiniteTimeSpan);
        if (_buffer.Capacity > MaxKept)
        {
            _buffer = new ArrayBufferWriter<byte>();
        }
        else
        {
            _buffer.ResetWrittenCount();
        }
    }

    public void Dispose() => _deadline.Dispose();
}
