using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Konsul.Mesh.Proxy.Core.Connections;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Proxy.Core.Listeners;

/// <summary>A bound socket and its accept loop. What it does with connections is in <see cref="Model"/>, which may change while it runs.</summary>
internal sealed class ListenerState
{
    private static readonly TimeSpan AcceptPause = TimeSpan.FromMilliseconds(50);
    private readonly Socket _socket;
    private readonly TimeProvider _time;
    private readonly int _maxConnections;
    private readonly ILogger _log;
    private volatile ListenerModel _model;
    private int _open;
    private long _accepted;
    private long _refused;
    private volatile bool _stopped;
    private int _started;

    private ListenerState(Socket socket, EngineContext engine, ListenerModel model)
    {
        _socket = socket;
        _maxConnections = engine.Options.MaxConnectionsPerListener;
        _time = engine.Time;
        _log = engine.Log;
        _model = model;
        Address = (IPEndPoint)socket.LocalEndPoint!;
    }

    public IPEndPoint Address { get; }

    public ListenerModel Model
    {
        get => _model;
        set => _model = value;
    }

    public int OpenConnections => Volatile.Read(ref _open);

    public long Accepted => Volatile.Read(ref _accepted);

    public long Refused => Volatile.Read(ref _refused);

    /// <summary>Binds and listens; clients wait in the kernel until <see cref="Start"/>.</summary>
    /// <exception cref="SocketException">The address is taken, or not of this machine.</exception>
    public static ListenerState Bind(IPEndPoint address, EngineContext engine, ListenerModel model)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (address.Address.Equals(IPAddress.IPv6Any))
            {
                socket.DualMode = true;
            }

            socket.Bind(address);
            socket.Listen(engine.Options.ListenBacklog);
            return new ListenerState(socket, engine, model);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public void Start(IConnectionHandler handler)
    {
        if (Interlocked.Exchange(ref _started, 1) == 0)
        {
            _ = AcceptAsync(handler);
        }
    }

    /// <summary>No further connection is accepted; open ones go on.</summary>
    public void Stop()
    {
        _stopped = true;
        _socket.Dispose();
    }

    private async Task AcceptAsync(IConnectionHandler handler)
    {
        while (!_stopped)
        {
            Socket connection;
            try
            {
                connection = await _socket.AcceptAsync().ConfigureAwait(false);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                if (_stopped)
                {
                    return;
                }

                // A client that went away before it was accepted, or no free descriptor: neither ends the listener.
                _log.LogWarning("Listener {Listener}: accept failed: {Reason}", _model.Name, e.Message);
                await Task.Delay(AcceptPause, _time).ConfigureAwait(false);
                continue;
            }

            Interlocked.Increment(ref _accepted);
            if (Interlocked.Increment(ref _open) > _maxConnections)
            {
                Interlocked.Increment(ref _refused);
                Close(connection);
                continue;
            }

            ThreadPool.UnsafeQueueUserWorkItem(
                static work => _ = work.Listener.ServeAsync(work.Handler, work.Socket),
                (Listener: this, Handler: handler, Socket: connection),
                preferLocal: false);
        }
    }

    private async Task ServeAsync(IConnectionHandler handler, Socket socket)
    {
        try
        {
            SocketTuning.Apply(socket);
            await handler.HandleAsync(this, socket).ConfigureAwait(false);
        }
        catch (Exception e) when (
            e is IOException or SocketException or AuthenticationException or OperationCanceledException or ObjectDisposedException)
        {
            // One client's trouble; nothing else may notice.
            _log.LogDebug(e, "Listener {Listener}: a connection ended: {Reason}", _model.Name, e.Message);
        }
        catch (Exception e)
        {
            _log.LogError(e, "Listener {Listener}: a connection failed unexpectedly", _model.Name);
        }
        finally
        {
            Close(socket);
        }
    }

    private void Close(Socket socket)
    {
        socket.Dispose();
        Interlocked.Decrement(ref _open);
    }
}
