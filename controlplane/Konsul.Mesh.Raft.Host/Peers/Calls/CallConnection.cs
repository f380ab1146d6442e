using Konsul.Mesh.Raft.Host.Peers.Codec;
using Konsul.Mesh.Raft.Host.Peers.Handshake;
using Konsul.Mesh.Raft.Host.Peers.Streams;

namespace Konsul.Mesh.Raft.Host.Peers.Calls;

/// <summary>The caller's end of one open connection.</summary>
internal sealed class CallConnection(PeerContext context, PeerSession session) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _turn = new(1);
    private readonly FrameWriter _writer = new(session.Stream, context.Time, context.Options.SendTimeout);
    private readonly Dictionary<ulong, TaskCompletionSource<ReadOnlyMemory<byte>>> _pending = [];
    private ulong _lastId;
    private bool _ended;

    public bool Ended
    {
        get
        {
            lock (_lock)
            {
                return _ended;
            }
        }
    }

    /// <summary>Reads answers until the connection ends; then every call that waits fails.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        using var stop = stopping.Register(session.Close);
        var reason = "The peer has closed the connection.";
        try
        {
            while (await session.Reader.ReadAsync(context.Options.MaxCallBytes + CallFrames.ResponseHeader, CancellationToken.None).ConfigureAwait(false))
            {
                if (session.Reader.Kind != FrameKind.CallResponse)
                {
                    throw new PeerProtocolException(PeerFault.UnknownFrame, $"A frame of kind {(byte)session.Reader.Kind} came where answers do.");
                }

                var (id, error, body) = CallFrames.ReadResponse(session.Reader.Body);
                Complete(id, error, body);
            }
        }
        catch (Exception e) when (PeerErrors.IsConnectionEnd(e))
        {
            reason = e.Message;
        }
        finally
        {
            session.Abort();
            Fail(reason);
        }
    }

    public async Task<ReadOnlyMemory<byte>> CallAsync(ushort kind, ReadOnlyMemory<byte> body, TimeSpan left, CancellationToken cancellationToken)
    {
        var answer = new TaskCompletionSource<ReadOnlyMemory<byte>>(TaskCreationOptions.RunContinuationsAsynchronously);
        var id = Add(answer);
        try
        {
            await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                CheckOpen();
                CallFrames.WriteRequest(_writer.Buffer, id, kind, left, body.Span);
                await _writer.FlushAsync().ConfigureAwait(false);
            }
            catch (Exception e) when (e is not PeerCallException && PeerErrors.IsConnectionEnd(e))
            {
                session.Abort();
                throw new PeerCallException(PeerCallError.ConnectionLost, $"The connection ended while the call was sent: {e.Message}", e);
            }
            finally
            {
                _turn.Release();
            }

            return await answer.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            lock (_lock)
            {
                _pending.Remove(id);
            }
        }
    }

    /// <summary>After <see cref="RunAsync"/>: waits for a write that is going on; none begins any more.</summary>
    public async ValueTask DisposeAsync()
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        session.Dispose();
        _writer.Dispose();

        // Not disposed: a call may be waiting for its turn, to learn that there is none.
        _turn.Release();
    }

    private void CheckOpen()
    {
        if (Ended)
        {
            throw new PeerCallException(PeerCallError.Unreachable, "The connection has just ended; the call was not sent.");
        }
    }

    private ulong Add(TaskCompletionSource<ReadOnlyMemory<byte>> answer)
    {
        lock (_lock)
        {
            CheckOpen();
            if (_pending.Count >= context.Options.MaxPendingCalls)
            {
                throw new PeerCallException(PeerCallError.Busy, $"{_pending.Count} calls wait for an answer of this server.");
            }

            _pending.Add(++_lastId, answer);
            return _lastId;
        }
    }

    /// <summary>An answer that nobody waits for any more came too late; that is no fault.</summary>
    private void Complete(ulong id, PeerCallError error, byte[] body)
    {
        TaskCompletionSource<ReadOnlyMemory<byte>>? answer;
        lock (_lock)
        {
            _pending.Remove(id, out answer);
        }

        if (error == 0)
        {
            answer?.TrySetResult(body);
        }
        else
        {
            answer?.TrySetException(CallFrames.Error(error, body));
        }
    }

    private void Fail(string reason)
    {
        List<TaskCompletionSource<ReadOnlyMemory<byte>>> open;
        lock (_lock)
        {
            _ended = true;
            open = [.. _pending.Values];
            _pending.Clear();
        }

        foreach (var answer in open)
        {
            answer.TrySetException(new PeerCallException(PeerCallError.ConnectionLost, $"The connection ended before the answer: {reason}"));
        }
    }
}
