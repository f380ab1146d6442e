using Konsul.Mesh.Raft.Host.Peers.Calls;
using Konsul.Mesh.Raft.Host.Peers.Transfer;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Raft.Host.Peers.Streams;

/// <summary>All that this server sends to one other server at one address.</summary>
internal sealed class PeerLink : IAsyncDisposable
{
    private readonly PeerContext _context;
    private readonly ulong _node;
    private readonly CancellationTokenSource _stopping = new();
    private readonly MessageSender _control;
    private readonly MessageSender _bulk;
    private readonly Task _running;
    private readonly Lock _lock = new();
    private CancellationTokenSource? _transfer;
    private Task _transferring = Task.CompletedTask;

    public PeerLink(PeerContext context, ulong node, PeerAddress address)
    {
        (_context, _node, Address) = (context, node, address);
        _control = new MessageSender(context, node, address, StreamClass.Control);
        _bulk = new MessageSender(context, node, address, StreamClass.Bulk);
        Calls = new CallClient(context, node, address, _stopping.Token);
        var stopping = _stopping.Token;
        _running = Task.WhenAll(
            Task.Run(() => _control.RunAsync(stopping), CancellationToken.None), Task.Run(() => _bulk.RunAsync(stopping), CancellationToken.None));
    }

    public PeerAddress Address { get; }

    public CallClient Calls { get; }

    /// <summary>Never blocks.</summary>
    public void Send(Message message)
    {
        switch (message.Type)
        {
            case MessageType.Snap:
                Transfer(message);
                break;
            case MessageType.App or MessageType.Prop:
                _bulk.Send(message);
                break;
            default:
                _control.Send(message);
                break;
        }
    }

    public void Hurry()
    {
        _control.Hurry();
        _bulk.Hurry();
        Calls.Hurry();
    }

    /// <summary>Ends everything; at once, as far as others can see.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        await Calls.CompleteAsync().ConfigureAwait(false);
        Task transferring;
        lock (_lock)
        {
            transferring = _transferring;
        }

        await transferring.ConfigureAwait(false);
        _stopping.Dispose();
    }

    /// <summary>A newer snapshot takes the place of one that is under way, about which nobody needs to hear any more.</summary>
    private void Transfer(Message message)
    {
        lock (_lock)
        {
            if (_stopping.IsCancellationRequested)
            {
                return;
            }

            _transfer?.Cancel();
            _transfer = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
            _transferring = TransferAsync(message, _transferring, _transfer);
        }
    }

    private async Task TransferAsync(Message message, Task before, CancellationTokenSource stopping)
    {
        await before.ConfigureAwait(false);
        await Task.Yield();
        try
        {
            var succeeded = await TransferAsync(message, stopping.Token).ConfigureAwait(false);
            _context.Handler.OnSnapshotStatus(_node, succeeded);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Superseded, or the peer is gone from the configuration.
        }
        catch (Exception e)
        {
            // The host's, from a callback. The next transfer waits for this task, so it must not fail.
            _context.Logger.LogError(e, "The end of a snapshot for server {Node:x16} could not be reported", _node);
        }
        finally
        {
            lock (_lock)
            {
                _transfer = _transfer == stopping ? null : _transfer;
                stopping.Dispose();
            }
        }
    }

    private async Task<bool> TransferAsync(Message message, CancellationToken stopping)
    {
        try
        {
            using var sender = new TransferSender(_context, _node, Address, message);
            return await sender.RunAsync(stopping).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            _context.Logger.LogError(e, "Sending a snapshot to server {Node:x16} failed by an unexpected error", _node);
            return false;
        }
    }
}
