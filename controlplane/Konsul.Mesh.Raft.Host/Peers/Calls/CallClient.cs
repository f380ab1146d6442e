using Konsul.Mesh.Raft.Host.Peers.Streams;

namespace Konsul.Mesh.Raft.Host.Peers.Calls;

/// <summary>Calls to one peer, over a connection that is made when it is first needed.</summary>
internal sealed class CallClient(PeerContext context, ulong node, PeerAddress address, CancellationToken stopping)
{
    private readonly Lock _lock = new();
    private readonly ReconnectBackoff _backoff = context.NewBackoff();
    private Task<CallConnection> _connecting = Task.FromCanceled<CallConnection>(new CancellationToken(canceled: true));
    private CallConnection? _open;
    private long _failedAt;
    private TimeSpan _pause;
    private string _failure = "";
    private Task _reading = Task.CompletedTask;

    /// <exception cref="PeerCallException">Says what went wrong and whether the call may have been carried out.</exception>
    public async Task<ReadOnlyMemory<byte>> CallAsync(ushort kind, ReadOnlyMemory<byte> body, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (body.Length > context.Options.MaxCallBytes)
        {
            throw new PeerCallException(PeerCallError.TooLarge, $"The call has {body.Length} bytes; at most {context.Options.MaxCallBytes} are allowed.");
        }

        var started = context.Time.GetTimestamp();
        using var deadline = new CancellationTokenSource(timeout, context.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        CallConnection? connection = null;
        try
        {
            connection = await ConnectAsync().WaitAsync(either.Token).ConfigureAwait(false);
            return await connection.CallAsync(kind, body, timeout - context.Time.GetElapsedTime(started), either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw connection is null
                ? new PeerCallException(PeerCallError.Unreachable, $"Server {node:x16} at {address} was not reached within {timeout.TotalSeconds:0.###} s.")
                : new PeerCallException(PeerCallError.Timeout, $"Server {node:x16} did not answer within {timeout.TotalSeconds:0.###} s.");
        }
    }

    /// <summary>The peer shows signs of life: the next call dials.</summary>
    public void Hurry()
    {
        lock (_lock)
        {
            _pause = TimeSpan.Zero;
        }
    }

    /// <summary>For after stopping: the end of the last connection.</summary>
    public async Task CompleteAsync()
    {
        await ((Task)_connecting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _reading.ConfigureAwait(false);
    }

    private Task<CallConnection> ConnectAsync()
    {
        lock (_lock)
        {
            if (_open is { Ended: false } open)
            {
                return Task.FromResult(open);
            }

            if (_connecting.IsCompleted)
            {
                if (_pause > TimeSpan.Zero && context.Time.GetElapsedTime(_failedAt) < _pause)
                {
                    throw new PeerCallException(PeerCallError.Unreachable, _failure);
                }

                _connecting = OpenAsync();
            }

            return _connecting;
        }
    }

    private async Task<CallConnection> OpenAsync()
    {
        await Task.Yield();
        try
        {
            var session = await context.Dialer.DialAsync(address, node, StreamClass.Call, stopping).ConfigureAwait(false);
            var connection = new CallConnection(context, session);
            lock (_lock)
            {
                (_open, _pause, _reading) = (connection, TimeSpan.Zero, ReadAsync(connection));
                _backoff.Reset();
            }

            return connection;
        }
        catch (Exception e) when (PeerErrors.IsConnectionEnd(e))
        {
            lock (_lock)
            {
                (_failedAt, _pause) = (context.Time.GetTimestamp(), _backoff.Next());
                _failure = $"Server {node:x16} at {address} cannot be called: {e.Message}";
                throw new PeerCallException(PeerCallError.Unreachable, _failure, e);
            }
        }
    }

    private async Task ReadAsync(CallConnection connection)
    {
        await Task.Yield();
        context.Metrics.Opened(StreamClass.Call);
        await connection.RunAsync(stopping).ConfigureAwait(false);
        context.Metrics.Closed(StreamClass.Call);
        await connection.DisposeAsync().ConfigureAwait(false);
    }
}
