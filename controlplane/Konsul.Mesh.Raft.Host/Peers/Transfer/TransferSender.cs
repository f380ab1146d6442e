using Konsul.Mesh.Raft.Host.Format;
using Konsul.Mesh.Raft.Host.Peers.Codec;
using Konsul.Mesh.Raft.Host.Peers.Handshake;
using Konsul.Mesh.Raft.Host.Peers.Streams;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Raft.Host.Peers.Transfer;

/// <summary>
/// Sends one snapshot to one peer: over as many connections as it takes, going on where the receiver says, until it is done, the receiver gives
/// up, or nothing was acknowledged for too long.
/// </summary>
internal sealed class TransferSender(PeerContext context, ulong node, PeerAddress address, Message message) : IDisposable
{
    private readonly CancellationTokenSource _patience = new(context.Options.SnapshotProgressTimeout, context.Time);
    private readonly Pace _pace = new(context.Options.SnapshotBytesPerSecond, context.Time);
    private readonly ReconnectBackoff _backoff = context.NewBackoff();

    /// <summary>What the receiver held at most; more is progress.</summary>
    private long _held = -1;

    /// <returns>Whether the receiver has it.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="stopping"/>.</exception>
    public async Task<bool> RunAsync(CancellationToken stopping)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, _patience.Token);
        try
        {
            var offer = await context.Source.DescribeAsync(message.Snapshot!, either.Token).ConfigureAwait(false);
            while (true)
            {
                if (await TryOnceAsync(offer, either.Token).ConfigureAwait(false) is { } result)
                {
                    return result == TransferResult.Completed;
                }

                await Task.Delay(_backoff.Next(), context.Time, either.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            context.Logger.LogWarning(
                "Snapshot {Index} for server {Node:x16}: no progress for {Timeout}, given up",
                message.Snapshot!.Index,
                node,
                context.Options.SnapshotProgressTimeout);
            return false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            context.Logger.LogError("Snapshot {Index} for server {Node:x16} cannot be read: {Reason}", message.Snapshot!.Index, node, e.Message);
            return false;
        }
    }

    public void Dispose() => _patience.Dispose();

    /// <returns>Null when the connection ended and another one may do better.</returns>
    private async Task<TransferResult?> TryOnceAsync(SnapshotOffer offer, CancellationToken cancellationToken)
    {
        PeerSession session;
        try
        {
            session = await context.Dialer.DialAsync(address, node, StreamClass.Snapshot, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            context.Logger.LogDebug("No snapshot stream to server {Node:x16}: {Reason}", node, e.Message);
            return null;
        }

        using (session)
        using (cancellationToken.Register(session.Close))
        using (var writer = new FrameWriter(session.Stream, context.Time, context.Options.SnapshotProgressTimeout))
        {
            context.Metrics.Opened(StreamClass.Snapshot);
            try
            {
                return await SendAsync(offer, session.Reader, writer, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is not SourceFailedException && PeerErrors.IsConnectionEnd(e))
            {
                cancellationToken.ThrowIfCancellationRequested();
                context.Logger.LogInformation("The snapshot stream to server {Node:x16} ended: {Reason}", node, e.Message);
                return null;
            }
            finally
            {
                context.Metrics.Closed(StreamClass.Snapshot);
            }
        }
    }

    private async Task<TransferResult> SendAsync(SnapshotOffer offer, FrameReader reader, FrameWriter writer, CancellationToken cancellationToken)
    {
        TransferFrames.WriteBegin(writer.Buffer, offer, message with { Snapshot = offer.Snapshot });
        await writer.FlushAsync().ConfigureAwait(false);
        if (await ReadAnswerAsync(reader, FrameKind.TransferResume, offer, cancellationToken).ConfigureAwait(false) is { } early)
        {
            return early;
        }

        var offset = TransferFrames.ReadOffset(reader.Body);
        await using var stream = await FromSourceAsync(() => context.Source.OpenAsync(offer, offset, cancellationToken)).ConfigureAwait(false);
        var chunk = new byte[context.Options.SnapshotChunkBytes];
        for (var unacknowledged = 0; offset < offer.Length || unacknowledged > 0;)
        {
            if (offset == offer.Length || unacknowledged >= context.Options.SnapshotWindow)
            {
                if (await ReadAnswerAsync(reader, FrameKind.TransferAck, offer, cancellationToken).ConfigureAwait(false) is { } result)
                {
                    return result;
                }

                unacknowledged--;
                continue;
            }

            var count = (int)Math.Min(chunk.Length, offer.Length - offset);
            await FromSourceAsync(async () =>
            {
                // A read may return less than asked for (openraft ffae5224).
                await stream.ReadExactlyAsync(chunk.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
                return 0;
            }).ConfigureAwait(false);
            TransferFrames.WriteChunk(writer.Buffer, offset, Checksum.Crc32C(chunk.AsSpan(0, count)), chunk.AsSpan(0, count));
            await writer.FlushAsync().ConfigureAwait(false);
            context.Metrics.SnapshotSent(node, count);
            offset += count;
            unacknowledged++;
            await _pace.WaitAsync(count, cancellationToken).ConfigureAwait(false);
        }

        return await ReadAnswerAsync(reader, FrameKind.TransferDone, offer, cancellationToken).ConfigureAwait(false)
            ?? throw new PeerProtocolException(PeerFault.Malformed, "A transfer ended without a result.");
    }

    /// <returns>The result, when the receiver has one already; else null, and the expected frame is there.</returns>
    private async Task<TransferResult?> ReadAnswerAsync(FrameReader reader, FrameKind kind, SnapshotOffer offer, CancellationToken cancellationToken)
    {
        if (!await reader.ReadAsync(TransferFrames.MaxAnswer, cancellationToken).ConfigureAwait(false))
        {
            throw new PeerProtocolException(PeerFault.CutOff, "The receiver has closed the stream.");
        }

        if (reader.Kind == FrameKind.TransferDone)
        {
            var result = TransferFrames.ReadDone(reader.Body);
            return result == TransferResult.Completed && kind != FrameKind.TransferDone
                ? throw new PeerProtocolException(PeerFault.Malformed, "A receiver says it is done before it has everything.")
                : result;
        }

        if (reader.Kind != kind)
        {
            throw new PeerProtocolException(PeerFault.UnknownFrame, $"A frame of kind {(byte)reader.Kind} came where {kind} was due.");
        }

        var held = TransferFrames.ReadOffset(reader.Body);
        if (held < 0 || held > offer.Length)
        {
            throw new PeerProtocolException(PeerFault.Malformed, $"A receiver says it holds {held} bytes of {offer.Length}.");
        }

        if (held > _held)
        {
            _held = held;
            _backoff.Reset();
            _patience.CancelAfter(context.Options.SnapshotProgressTimeout);
        }

        return null;
    }

    private static async ValueTask<T> FromSourceAsync<T>(Func<ValueTask<T>> read)
    {
        try
        {
            return await read().ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw new SourceFailedException(e);
        }
    }

    /// <summary>Our own file, not the connection: no other connection helps.</summary>
    private sealed class SourceFailedException(IOException inner) : IOException(inner.Message, inner);
}
