using System.Net;
using Konsul.Mesh.Model.Identity;
using Konsul.Mesh.Model.Snapshots;

namespace Konsul.Mesh.Proxy.Core.Outbound;

/// <summary>All that opening a connection to one endpoint needs. Two equal targets may share live state, two different ones never do.</summary>
internal sealed record PeerTarget(EndPoint Address, string Sni, SpiffeId Identity, TimeSpan ConnectTimeout)
{
    public static PeerTarget Of(Cluster cluster, Endpoint endpoint) => new(
        IPAddress.TryParse(endpoint.Address, out var ip) ? new IPEndPoint(ip, endpoint.Port) : new DnsEndPoint(endpoint.Address, endpoint.Port),
        cluster.Sni,
        cluster.Identity,
        cluster.ConnectTimeout);

    public override string ToString() => Address is DnsEndPoint dns ? $"{dns.Host}:{dns.Port}" : Address.ToString()!;
}
