using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;

namespace Konsul.Mesh.Proxy.Core.Connections;

/// <summary>Where the HTTP engine accepts what a real listener has accepted, decrypted and told apart.</summary>
internal sealed class VirtualListener(EndPoint endPoint) : IConnectionListener
{
    private readonly Channel<ConnectionContext> _accepted = Channel.CreateUnbounded<ConnectionContext>(
        new UnboundedChannelOptions { SingleReader = true, AllowSynchronousContinuations = false });

    public EndPoint EndPoint => endPoint;

    /// <returns>False when the engine takes no more connections.</returns>
    public bool TryHand(ConnectionContext connection) => _accepted.Writer.TryWrite(connection);

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (await _accepted.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (_accepted.Reader.TryRead(out var connection))
            {
                return connection;
            }
        }

        return null;
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        _accepted.Writer.TryComplete();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => UnbindAsync();
}
