using Konsul.Mesh.Raft.Host.Format;
using Konsul.Mesh.Raft.Host.Peers.Codec;
using Konsul.Mesh.Raft.Host.Peers.Handshake;
using Konsul.Mesh.Raft.Host.Peers.Streams;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Raft.Host.Peers.Transfer;

/// <summary>
/// Takes snapshots of other servers, one at a time. An offer ends the transfer before, whose sender may be gone without a word; but not one of a
/// later term: two servers that both believe to lead would end each other's transfers for ever.
/// </summary>
internal sealed class TransferReceiver(PeerContext context) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);
    private readonly Lock _lock = new();
    private CancellationTokenSource? _current;
    private ulong _term;

    public void Dispose() => _turn.Dispose();

    /// <summary>Returns when the transfer has ended, well or not.</summary>
    /// <exception cref="PeerProtocolException">The peer broke the protocol.</exception>
    public async Task RunAsync(PeerSession session, CancellationToken stopping)
    {
        using var writer = new FrameWriter(session.Stream, context.Time, context.Options.SendTimeout);
        using var transfer = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var limit = TransferFrames.BeginHeader + context.Options.Messages.MaxFrameBytes;
        await session.Reader.ExpectAsync(FrameKind.TransferBegin, limit, stopping).ConfigureAwait(false);
        var (offer, message) = ReadOffer(session);
        if (!TryBegin(transfer, message.Term))
        {
            await GiveUpAsync(session.Reader, writer, stopping).ConfigureAwait(false);
            return;
        }

        try
        {
            await _turn.WaitAsync(transfer.Token).ConfigureAwait(false);
            try
            {
                await ReceiveAsync(session, offer, writer, transfer.Token).ConfigureAwait(false);
                await context.Handler.OnMessageAsync(message, transfer.Token).ConfigureAwait(false);
            }
            finally
            {
                _turn.Release();
            }
        }
        finally
        {
            lock (_lock)
            {
                _current = _current == transfer ? null : _current;
            }
        }

        await writer.WriteAsync(FrameKind.TransferDone, [(byte)TransferResult.Completed]).ConfigureAwait(false);

        // The sender closes; a reset by us could overtake the result.
        await session.Reader.ReadAsync(0, stopping).ConfigureAwait(false);
    }

    private bool TryBegin(CancellationTokenSource transfer, ulong term)
    {
        lock (_lock)
        {
            if (term < context.Handler.CurrentTerm || (_current is not null && term < _term))
            {
                return false;
            }

            _current?.Cancel();
            (_current, _term) = (transfer, term);
            return true;
        }
    }

    private (SnapshotOffer Offer, Message Message) ReadOffer(PeerSession session)
    {
        var (length, hash, body) = TransferFrames.ReadBegin(session.Reader.Body);
        var message = context.Codec.DecodeBody(body, context.Handler.CurrentTerm);
        MessageReceiver.CheckEnds(message, session.Peer.NodeId, context.Self().NodeId);
        return message.Type == MessageType.Snap && length > 0
            ? (new SnapshotOffer(message.Snapshot!, length, hash), message)
            : throw new PeerProtocolException(PeerFault.Malformed, $"A transfer of {length} bytes begins with a {message.Type}.");
    }

    private async Task ReceiveAsync(PeerSession session, SnapshotOffer offer, FrameWriter writer, CancellationToken cancellationToken)
    {
        try
        {
            if (offer.Length > context.Options.MaxSnapshotBytes)
            {
                throw new SinkFailedException(new IOException($"It has {offer.Length} bytes; at most {context.Options.MaxSnapshotBytes} are taken."));
            }

            var offset = await ToSinkAsync(() => context.Sink.BeginAsync(session.Peer.NodeId, offer, cancellationToken)).ConfigureAwait(false);
            TransferFrames.WriteOffset(writer.Buffer, FrameKind.TransferResume, offset);
            await writer.FlushAsync().ConfigureAwait(false);
            while (offset < offer.Length)
            {
                offset = await ReceiveChunkAsync(session.Reader, offer, offset, cancellationToken).ConfigureAwait(false);
                TransferFrames.WriteOffset(writer.Buffer, FrameKind.TransferAck, offset);
                await writer.FlushAsync().ConfigureAwait(false);
            }

            await ToSinkAsync(async () =>
            {
                await context.Sink.CompleteAsync(cancellationToken).ConfigureAwait(false);
                return 0;
            }).ConfigureAwait(false);
        }
        catch (SinkFailedException e)
        {
            context.Logger.LogError(e.InnerException, "Snapshot {Index} of server {Node:x16} was not taken", offer.Snapshot.Index, session.Peer.NodeId);
            await GiveUpAsync(session.Reader, writer, cancellationToken).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Says so and reads on: chunks may be on their way. Closing on unread bytes resets the connection, and the reset would overtake the result
    /// (hashicorp/raft ec99ca3).</summary>
    private async Task GiveUpAsync(FrameReader reader, FrameWriter writer, CancellationToken cancellationToken)
    {
        await writer.WriteAsync(FrameKind.TransferDone, [(byte)TransferResult.Failed]).ConfigureAwait(false);
        using var deadline = new CancellationTokenSource(context.Options.SendTimeout, context.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        while (await reader.ReadAsync(context.Options.Messages.MaxFrameBytes, either.Token).ConfigureAwait(false))
        {
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private async Task<long> ReceiveChunkAsync(FrameReader reader, SnapshotOffer offer, long expected, CancellationToken cancellationToken)
    {
        await reader.ExpectAsync(FrameKind.TransferChunk, context.Options.Messages.MaxFrameBytes, cancellationToken).ConfigureAwait(false);
        var (offset, crc, bytes) = TransferFrames.ReadChunk(reader.Body);
        if (offset != expected || bytes.Length == 0 || bytes.Length > offer.Length - offset)
        {
            throw new PeerProtocolException(PeerFault.Malformed, $"A chunk has {bytes.Length} bytes from {offset}; {expected} of {offer.Length} are here.");
        }

        if (Checksum.Crc32C(bytes) != crc)
        {
            throw new PeerProtocolException(PeerFault.BadChecksum, $"The checksum of the chunk at {offset} does not fit.");
        }

        await ToSinkAsync(async () =>
        {
            await context.Sink.WriteAsync(offset, bytes, crc, cancellationToken).ConfigureAwait(false);
            return 0;
        }).ConfigureAwait(false);
        return offset + bytes.Length;
    }

    private static async ValueTask<T> ToSinkAsync<T>(Func<ValueTask<T>> write)
    {
        try
        {
            return await write().ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw new SinkFailedException(e);
        }
    }

    /// <summary>Our own disk, not the connection.</summary>
    private sealed class SinkFailedException(Exception inner) : IOException(inner.Message, inner);
}
