using System.Net;
using System.Security.Cryptography;
using System.Text;
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

    /// <summary>Known once it is listened on.</summary>
    public int RaftPort
    {
        get => _raftPort;
        set => _raftPort = value;
    }

    public string RaftText => new IPEndPoint(Address, RaftPort).ToString();

    public static ServerIdentity Of(ServerSettings settings)
    {
        var digest = SHA256.HashData(Encoding.UTF8.GetBytes($"{settings.Datacenter}/{settings.NodeName}"));
        return new ServerIdentity(
            settings.NodeName, new Guid(digest.AsSpan(0, 16)), settings.Datacenter, settings.PrimaryDatacenter,
            AdvertisedAddress.Of(settings.Http), ServerOptions.ProgramVersion)
        { RaftPort = settings.Raft.Port };
    }
}
