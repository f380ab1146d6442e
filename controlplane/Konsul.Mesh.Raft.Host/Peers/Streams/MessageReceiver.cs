using Konsul.Mesh.Raft.Host.Peers.Codec;
using Konsul.Mesh.Raft.Host.Peers.Handshake;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Raft.Host.Peers.Streams;

/// <summary>Reads messages from one peer's stream and hands them on in order; the peer waits when the host is behind.</summary>
internal static class MessageReceiver
{
    /// <summary>Returns when the peer closes the stream, or it is retired here.</summary>
    /// <exception cref="PeerProtocolException">The peer broke the protocol.</exception>
    public static async Task RunAsync(PeerContext context, PeerSession session, CancellationToken stopping)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, session.Retired);
        try
        {
            await ReceiveAsync(context, session, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (session.Retired.IsCancellationRequested && !stopping.IsCancellationRequested)
        {
            await SayGoodbyeAsync(context, session).ConfigureAwait(false);
        }
    }

    /// <summary>Nobody else may be writing. Best effort: a peer that misses it takes the end of the stream for more than it is.</summary>
    public static async Task SayGoodbyeAsync(PeerContext context, PeerSession session)
    {
        using var writer = new FrameWriter(session.Stream, context.Time, context.Options.SendTimeout);
        try
        {
            await writer.WriteAsync(FrameKind.Goodbye, []).ConfigureAwait(false);
        }
        catch (Exception e) when (PeerErrors.IsConnectionEnd(e))
        {
            context.Logger.LogDebug("Server {Node:x16} did not hear our goodbye: {Reason}", session.Peer.NodeId, e.Message);
        }
    }

    private static async Task ReceiveAsync(PeerContext context, PeerSession session, CancellationToken cancellationToken)
    {
        var peer = session.Peer;
        while (await session.Reader.ReadAsync(context.Options.Messages.MaxFrameBytes, cancellationToken).ConfigureAwait(false))
        {
            // What had arrived before the session was retired is not handed on after it.
            cancellationToken.ThrowIfCancellationRequested();
            if (session.Reader.Kind == FrameKind.Goodbye)
            {
                session.NoteGoodbye();
                return;
            }

            if (session.Reader.Kind != FrameKind.Message)
            {
                throw new PeerProtocolException(PeerFault.UnknownFrame, $"A frame of kind {(byte)session.Reader.Kind} came where messages do.");
            }

            var message = context.Codec.DecodeBody(session.Reader.Body, context.Handler.CurrentTerm);
            CheckEnds(message, peer.NodeId, context.Self().NodeId);
            if (message.Type == MessageType.Snap)
            {
                throw new PeerProtocolException(PeerFault.Malformed, "A snapshot came without its bytes.");
            }

            context.Metrics.Received(peer.NodeId, peer.Class);
            await context.Handler.OnMessageAsync(message, cancellationToken).ConfigureAwait(false);
        }
    }

    public static void CheckEnds(Message message, ulong from, ulong to)
    {
        if (message.From != from)
        {
            throw new PeerProtocolException(PeerFault.WrongSender, $"Server {from:x16} sent a {message.Type} in the name of {message.From:x16}.");
        }

        if (message.To != to)
        {
            throw new PeerProtocolException(PeerFault.WrongReceiver, $"Server {from:x16} sent a {message.Type} for {message.To:x16}.");
        }
    }
}
