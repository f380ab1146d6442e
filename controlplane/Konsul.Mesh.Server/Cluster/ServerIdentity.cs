using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Server.Startup;

namespace Konsul.Mesh.Server.Cluster;

/// <summary>Who this server is, as it shows itself to others.</summary>
/// <param name="NodeName">The catalog node.</param>
/// <param name="NodeId">The same for the same name, also after its data was lost.</param>
/// <param name="Datacenter">Its datacenter.</param>
/// <param name="PrimaryDatacenter">The datacenter that owns the root of trust; the same while there is one.</param>
/// <param name="Address">Where others reach this node.</param>
/// <param name="Version">The program's.</param>
internal sealed record ServerIdentity(
    string NodeName, Guid NodeId, string Datacenter, string PrimaryDatacenter, IPAddress Address, string Version)
{
    private volatile int _raftPort;
    private volatile int _httpPort;

    /// <summary>What the operator says of the node.</summary>
    public ImmutableSortedDictionary<string, string> Meta { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Known once it is listened on.</summary>
    public int RaftPort
    {
        get => _raftPort;
        set => _raftPort = value;
    }

    /// <summary>Known once it is listened on.</summary>
    public int HttpPort
    {
        get => _httpPort;
        set => _httpPort = value;
    }

    public string HttpText => new IPEndPoint(Address, HttpPort).ToString();

    public string RaftText => new IPEndPoint(Address, RaftPort).ToString();

    /// <summary>Whether a node of the catalog is that of a server of this datacenter, running or not.</summary>
    public bool IsServers(Node node) => Guid.TryParse(node.Id, out var id) && id == NodeIdOf(Datacenter, node.Name);

    public static ServerIdentity Of(ServerSettings settings)
    {
        return new ServerIdentity(
            settings.NodeName, NodeIdOf(settings.Datacenter, settings.NodeName), settings.Datacenter, settings.PrimaryDatacenter,
            settings.Advertise ?? AdvertisedAddress.Of(settings.Http), ServerOptions.ProgramVersion)
        { RaftPort = settings.Raft.Port, Meta = settings.NodeMeta };
    }

    private static Guid NodeIdOf(string datacenter, string name) =>
        new(SHA256.HashData(Encoding.UTF8.GetBytes($"{datacenter}/{name}")).AsSpan(0, 16));
}
