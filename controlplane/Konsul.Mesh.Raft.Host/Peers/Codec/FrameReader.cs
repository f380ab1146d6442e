using System.Buffers;
using System.IO.Pipelines;

namespace Konsul.Mesh.Raft.Host.Peers.Codec;

/// <summary>Frames from a stream, one after the other. Holds no more than one frame's bytes and what arrived behind it.</summary>
internal sealed class FrameReader(Stream stream)
{
    private const int BufferSize = 32 * 1024;
    private readonly PipeReader _pipe = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: BufferSize, leaveOpen: true));
    private SequencePosition? _end;

    public FrameKind Kind { get; private set; }

    /// <summary>Valid until the next read.</summary>
    public ReadOnlySequence<byte> Body { get; private set; }

    /// <returns>False when the stream ended between two frames.</returns>
    /// <exception cref="PeerProtocolException">What came is no frame, or over the limit.</exception>
    public async ValueTask<bool> ReadAsync(int maxBody, CancellationToken cancellationToken)
    {
        if (_end is { } end)
        {
            _pipe.AdvanceTo(end);
            (_end, Body) = (null, default);
        }

        while (true)
        {
            var result = await _pipe.ReadAsync(cancellationToken).ConfigureAwait(false);
            var buffer = result.Buffer;
            if (Frame.TryRead(ref buffer, maxBody, out var kind, out var body))
            {
                (Kind, Body, _end) = (kind, body, buffer.Start);
                return true;
            }

            if (result.IsCompleted)
            {
                return buffer.IsEmpty ? false : throw new PeerProtocolException(PeerFault.CutOff, $"The stream ended {buffer.Length} bytes into a frame.");
            }

            _pipe.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    /// <exception cref="PeerProtocolException">The stream ended, or this is another frame.</exception>
    public async ValueTask ExpectAsync(FrameKind kind, int maxBody, CancellationToken cancellationToken)
    {
        if (!await ReadAsync(maxBody, cancellationToken).ConfigureAwait(false))
        {
            throw new PeerProtocolException(PeerFault.CutOff, $"The stream ended where a frame of kind {kind} was due.");
        }

        if (Kind != kind)
        {
            throw new PeerProtocolException(PeerFault.UnknownFrame, $"A frame of kind {(byte)Kind} came where {kind} was due.");
        }
    }

    /// <summary>Gives the buffers back; nobody may be reading.</summary>
    public void Close() => _pipe.Complete();
}
