using Konsul.Mesh.Raft.Host.Peers.Codec;
using Konsul.Mesh.Raft.Host.Peers.Handshake;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Raft.Host.Peers.Streams;

/// <summary>
/// One ordered stream of messages to one peer. It keeps a connection open also when there is nothing to send, so that the end of the peer's process
/// is noticed at once. While there is none, messages are dropped: Raft sends again, and what it sends then is newer.
/// </summary>
internal sealed class MessageSender(PeerContext context, ulong node, PeerAddress address, StreamClass stream)
{
    private readonly OutboundQueue _queue = new(
        stream == StreamClass.Control ? context.Options.MaxQueuedControl : context.Options.MaxQueuedBulk, context.Options.MaxQueuedBytes);

    private readonly ReconnectBackoff _backoff = context.NewBackoff();
    private volatile CancellationTokenSource? _waiting;
    private volatile bool _down;
    private int _reported;
    private int _hurried;
    private string _lastFailure = "";

    /// <summary>Never blocks.</summary>
    public void Send(Message message)
    {
        var (dropped, taken) = _down ? (1, false) : _queue.Add(message);
        if (dropped > 0)
        {
            context.Metrics.Dropped(node, stream, dropped);
        }

        if (!taken)
        {
            ReportUnreachable();
        }
    }

    /// <summary>The peer shows signs of life: dial now instead of waiting, also after a dial that is just failing.</summary>
    public void Hurry()
    {
        Interlocked.Exchange(ref _hurried, 1);
        try
        {
            _waiting?.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The wait has just ended.
        }
    }

    public async Task RunAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            var started = context.Time.GetTimestamp();
            try
            {
                using var session = await context.Dialer.DialAsync(address, node, stream, stopping).ConfigureAwait(false);
                await UseAsync(session, stopping).ConfigureAwait(false);
            }
            catch (Exception e) when (PeerErrors.IsConnectionEnd(e))
            {
                if (!stopping.IsCancellationRequested)
                {
                    Note(e.Message);
                }
            }
            catch (Exception e)
            {
                // The host's, from a callback. It must not cost us the stream for good.
                context.Logger.LogError(e, "The {Stream} stream to server {Node:x16} ended by an unexpected error", stream, node);
            }

            if (stopping.IsCancellationRequested)
            {
                return;
            }

            if (context.Time.GetElapsedTime(started) > context.Options.MaxReconnectDelay + context.Options.HandshakeTimeout)
            {
                _backoff.Reset();
            }

            await WaitAsync(stopping).ConfigureAwait(false);
        }
    }

    /// <summary>Until the connection ends. A peer that resets it may be gone, and its heartbeats with it.</summary>
    private async Task UseAsync(PeerSession session, CancellationToken stopping)
    {
        _lastFailure = "";
        Interlocked.Exchange(ref _hurried, 0);
        context.Metrics.Opened(stream);
        using var stop = stopping.Register(session.Close);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stopping, session.Retired);
        var writing = WriteAsync(session, ended.Token);
        var watching = WatchAsync(session);
        var reason = await Task.WhenAny(writing, watching).Unwrap().ConfigureAwait(false);
        var lost = !session.EndedOnPurpose;
        session.Abort();
        await ended.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(writing, watching).ConfigureAwait(false);
        context.Metrics.Closed(stream);
        if (stopping.IsCancellationRequested)
        {
            return;
        }

        Note(reason);
        ReportUnreachable();
        if (lost && stream == StreamClass.Control)
        {
            context.Handler.OnConnectionLost(node);
        }
    }

    /// <returns>Why it ended.</returns>
    private async Task<string> WriteAsync(PeerSession session, CancellationToken ended)
    {
        using var writer = new FrameWriter(session.Stream, context.Time, context.Options.SendTimeout);
        try
        {
            while (true)
            {
                var messages = 0;
                foreach (var message in await _queue.TakeAsync(ended).ConfigureAwait(false))
                {
                    if (TryEncode(message, writer))
                    {
                        messages++;
                    }

                    if (writer.Written >= context.Options.MaxBatchBytes)
                    {
                        await FlushAsync(writer, messages).ConfigureAwait(false);
                        messages = 0;
                    }
                }

                await FlushAsync(writer, messages).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (session.Retired.IsCancellationRequested)
        {
            await MessageReceiver.SayGoodbyeAsync(context, session).ConfigureAwait(false);
            return "It is closed from here.";
        }
        catch (Exception e) when (PeerErrors.IsConnectionEnd(e))
        {
            return e.Message;
        }
    }

    private async Task FlushAsync(FrameWriter writer, int messages)
    {
        if (messages == 0)
        {
            return;
        }

        var bytes = writer.Written;
        await writer.FlushAsync().ConfigureAwait(false);
        context.Metrics.Sent(node, stream, messages, bytes);
        Volatile.Write(ref _reported, 0);
    }

    private bool TryEncode(Message message, FrameWriter writer)
    {
        try
        {
            context.Codec.Encode(message, writer.Buffer);
            return true;
        }
        catch (PeerProtocolException e)
        {
            // Our own core would have to be wrong; the peer would end the stream for it.
            context.Logger.LogError("A message to {Node} cannot be sent: {Reason}", node, e.Message);
            context.Metrics.Dropped(node, stream);
            ReportUnreachable();
            return false;
        }
    }

    /// <summary>No message is ever received here; what there is to learn is that the connection has ended.</summary>
    private static async Task<string> WatchAsync(PeerSession session)
    {
        try
        {
            if (!await session.Reader.ReadAsync(0, CancellationToken.None).ConfigureAwait(false))
            {
                return "The peer has closed the connection.";
            }

            if (session.Reader.Kind != FrameKind.Goodbye)
            {
                return "The peer sent something where it has nothing to say.";
            }

            session.NoteGoodbye();
            return "The peer has said goodbye.";
        }
        catch (Exception e) when (PeerErrors.IsConnectionEnd(e))
        {
            return e.Message;
        }
    }

    private async Task WaitAsync(CancellationToken stopping)
    {
        _down = true;
        var forgotten = _queue.Clear();
        Volatile.Write(ref _reported, 0);
        if (forgotten > 0)
        {
            context.Metrics.Dropped(node, stream, forgotten);
            ReportUnreachable();
        }

        using var wait = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        _waiting = wait;
        try
        {
            var delay = _backoff.Next();
            if (Interlocked.Exchange(ref _hurried, 0) == 0)
            {
                await Task.Delay(delay, context.Time, wait.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping, or in a hurry: the caller looks.
            Interlocked.Exchange(ref _hurried, 0);
        }

        _waiting = null;
        _down = false;
    }

    private void ReportUnreachable()
    {
        if (Interlocked.Exchange(ref _reported, 1) == 0)
        {
            context.Handler.OnUnreachable(node);
        }
    }

    /// <summary>Each reason once per outage; a peer that is down for a week does not fill the log.</summary>
    private void Note(string reason)
    {
        var level = reason == _lastFailure ? LogLevel.Debug : LogLevel.Warning;
        _lastFailure = reason;
        context.Logger.Log(level, "No {Stream} stream to server {Node:x16} at {Address}: {Reason}", stream, node, address, reason);
    }
}
