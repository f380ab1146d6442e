namespace Konsul.Mesh.Proxy.Core.Authorization;

/// <summary>All open inbound connections of an engine.</summary>
internal sealed class ConnectionRegistry
{
    private readonly HashSet<ConnectionState> _open = [];

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

    public void Add(ConnectionState connection)
    {
        lock (_open)
        {
            _open.Add(connection);
        }
    }

    public void Remove(ConnectionState connection)
    {
        lock (_open)
        {
            _open.Remove(connection);
        }
    }

    public ConnectionState[] Snapshot()
    {
        lock (_open)
        {
            return [.. _open];
        }
    }
}
