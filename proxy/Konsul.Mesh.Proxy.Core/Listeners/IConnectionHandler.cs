using System.Net.Sockets;

namespace Konsul.Mesh.Proxy.Core.Listeners;

/// <summary>What happens to an accepted socket. Inbound and outbound are the two.</summary>
internal interface IConnectionHandler
{
    /// <summary>Owns the socket; completes when the connection is over. May throw: the listener logs it and closes.</summary>
    Task HandleAsync(ListenerState listener, Socket socket);
}
