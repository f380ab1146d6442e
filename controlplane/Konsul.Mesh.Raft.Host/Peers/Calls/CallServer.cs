using Konsul.Mesh.Raft.Host.Peers.Codec;
using Konsul.Mesh.Raft.Host.Peers.Handshake;
using Konsul.Mesh.Raft.Host.Peers.Streams;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Raft.Host.Peers.Calls;

/// <summary>Answers the calls of one connection; many at a time, bounded by count and by the bytes of their bodies.</summary>
internal sealed class CallServer(PeerContext context, PeerSession session) : IDisposable
{
    private const int BodiesAtATime = 4;
    private readonly SemaphoreSlim _turn = new(1);
    private readonly FrameWriter _writer = new(session.Stream, context.Time, context.Options.SendTimeout);
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The calls that run, and one for the reading loop.</summary>
    private int _running = 1;
    private long _bytes;

    /// <summary>Returns when the connection has ended and no call runs any more.</summary>
    /// <exception cref="PeerProtocolException">The peer broke the protocol.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            while (await session.Reader.ReadAsync(context.Options.MaxCallBytes + CallFrames.RequestHeader, cancellationToken).ConfigureAwait(false))
            {
                if (session.Reader.Kind != FrameKind.CallRequest)
                {
                    throw new PeerProtocolException(PeerFault.UnknownFrame, $"A frame of kind {(byte)session.Reader.Kind} came where calls do.");
                }

                var (id, kind, left, body) = CallFrames.ReadRequest(session.Reader.Body);
                if (Interlocked.Add(ref _bytes, body.Length) <= (long)BodiesAtATime * context.Options.MaxCallBytes
                    && Volatile.Read(ref _running) <= context.Options.MaxServedCalls)
                {
                    Interlocked.Increment(ref _running);
                    _ = ServeAsync(id, new PeerCall(session.Peer, kind, body), left, ended.Token);
                }
                else
                {
                    Interlocked.Add(ref _bytes, -body.Length);
                    await AnswerAsync(id, PeerCallError.Busy, CallFrames.Text("Too many calls of this server run.")).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            session.Abort();
            await ended.CancelAsync().ConfigureAwait(false);
            Leave();
            await _idle.Task.ConfigureAwait(false);
        }
    }

    public void Dispose()
    {
        _writer.Dispose();
        _turn.Dispose();
    }

    private async Task ServeAsync(ulong id, PeerCall call, TimeSpan left, CancellationToken ended)
    {
        await Task.Yield();
        try
        {
            var (error, answer) = await AskAsync(call, left, ended).ConfigureAwait(false);
            await AnswerAsync(id, error, answer).ConfigureAwait(false);
        }
        catch (Exception e) when (PeerErrors.IsConnectionEnd(e))
        {
            session.Abort();
        }
        finally
        {
            Interlocked.Add(ref _bytes, -call.Body.Length);
            Leave();
        }
    }

    private async Task<(PeerCallError Error, ReadOnlyMemory<byte> Answer)> AskAsync(PeerCall call, TimeSpan left, CancellationToken ended)
    {
        using var deadline = new CancellationTokenSource(left, context.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ended, deadline.Token);
        try
        {
            var answer = await context.Handler.OnCallAsync(call, either.Token).ConfigureAwait(false);
            return answer.Length <= context.Options.MaxCallBytes
                ? (0, answer)
                : (PeerCallError.TooLarge, CallFrames.Text($"The answer has {answer.Length} bytes; at most {context.Options.MaxCallBytes} are allowed."));
        }
        catch (PeerCallException e)
        {
            return (e.Error, CallFrames.Text(e.Message));
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            return (PeerCallError.Timeout, CallFrames.Text("Not done in time."));
        }
        catch (Exception e)
        {
            // Whatever the host throws is the host's to explain in its own log; the peer learns that it failed.
            context.Logger.LogError(e, "A call of kind {Kind} from server {Node:x16} failed", call.Kind, call.From.NodeId);
            return (PeerCallError.Failed, CallFrames.Text("The other server failed to carry it out; its log says why."));
        }
    }

    private async Task AnswerAsync(ulong id, PeerCallError error, ReadOnlyMemory<byte> answer)
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            CallFrames.WriteResponse(_writer.Buffer, id, error, answer.Span);
            await _writer.FlushAsync().ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    private void Leave()
    {
        if (Interlocked.Decrement(ref _running) == 0)
        {
            _idle.TrySetResult();
        }
    }
}
