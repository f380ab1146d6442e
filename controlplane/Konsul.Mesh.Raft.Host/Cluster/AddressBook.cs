using Konsul.Mesh.Raft.Host.Peers;

namespace Konsul.Mesh.Raft.Host.Cluster;

/// <summary>Where the other servers were last heard of, kept in a file for the next start. Losing it costs a round of asking.</summary>
internal sealed class AddressBook
{
    private readonly Lock _lock = new();
    private readonly string _path;
    private readonly Dictionary<ulong, PeerAddress> _addresses = [];

    public AddressBook(string path)
    {
        _path = path;
        foreach (var line in File.Exists(path) ? File.ReadAllLines(path) : [])
        {
            if (line.Split(' ') is [var id, var text] && ServerId.TryParse(id, out var node)
                && PeerAddress.TryParse(text, out var address))
            {
                _addresses[node] = address;
            }
        }
    }

    public IReadOnlyDictionary<ulong, PeerAddress> All
    {
        get
        {
            lock (_lock)
            {
                return new Dictionary<ulong, PeerAddress>(_addresses);
            }
        }
    }

    /// <returns>Whether that was news.</returns>
    public bool Note(ulong node, PeerAddress address)
    {
        lock (_lock)
        {
            if (_addresses.TryGetValue(node, out var known) && known == address)
            {
                return false;
            }

            _addresses[node] = address;
            Save();
            return true;
        }
    }

    public bool Remove(ulong node)
    {
        lock (_lock)
        {
            if (!_addresses.Remove(node))
            {
                return false;
            }

            Save();
            return true;
        }
    }

    private void Save()
    {
        var temporary = _path + ".new";
        File.WriteAllLines(temporary, _addresses.OrderBy(a => a.Key).Select(a => $"{ServerId.Format(a.Key)} {a.Value}"));
        File.Move(temporary, _path, overwrite: true);
    }
}
