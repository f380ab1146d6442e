using System.Net.Sockets;

namespace Konsul.Mesh.Proxy.Core.Outbound;

/// <summary>The TCP connections of the local app that are open, so that a drain can wait for them and in the end cut them.</summary>
internal sealed class OpenRelays
{
    private readonly HashSet<Socket> _open = [];

    public int Count
    {
        get
        {
            lock (_open)
            {
                return _open.Count;
            }
        }
    }

    public Entry Enter(Socket socket)
    {
        lock (_open)
        {
            _open.Add(socket);
        }

        return new Entry(this, socket);
    }

    public void AbortAll()
    {
        Socket[] open;
        lock (_open)
        {
            open = [.. _open];
        }

        foreach (var socket in open)
        {
            socket.Dispose();
        }
    }

    private void Leave(Socket socket)
    {
        lock (_open)
        {
            _open.Remove(socket);
        }
    }

    internal readonly struct Entry(OpenRelays relays, Socket socket) : IDisposable
    {
        public void Dispose() => relays.Leave(socket);
    }
}
