using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Konsul.Mesh.Server.Startup;

/// <summary>Sockets whose listening ends before Kestrel does: Kestrel by itself closes the connections in the same moment.</summary>
internal sealed class ClosableTransport(IOptions<SocketTransportOptions> options, ILoggerFactory loggers) : IConnectionListenerFactory
{
    private readonly SocketTransportFactory _sockets = new(options, loggers);
    private readonly Lock _lock = new();
    private readonly List<IConnectionListener> _listeners = [];

    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var listener = await _sockets.BindAsync(endpoint, cancellationToken).ConfigureAwait(false);
        lock (_lock)
        {
            _listeners.Add(listener);
        }

        return listener;
    }

    /// <summary>Takes no connection any more; those that were taken go on.</summary>
    public async Task CloseAsync()
    {
        IConnectionListener[] listeners;
        lock (_lock)
        {
            listeners = [.. _listeners];
        }

        foreach (var listener in listeners)
            await listener.UnbindAsync().ConfigureAwait(false);
    }
}
