using Google.Protobuf;
using Konsul.Mesh.Model.Identity;
using Konsul.Mesh.Wire.V1;
using Cluster = Konsul.Mesh.Model.Snapshots.Cluster;

namespace Konsul.Mesh.Wire.Mapping;

public static class ClusterMapping
{
    private const uint MaxConnectTimeoutMs = 10 * 60 * 1000;

    public static V1.Cluster ToWire(Cluster cluster) => new()
    {
        Service = cluster.Service,
        Datacenter = cluster.Datacenter,
        Sni = cluster.Sni,
        Identity = cluster.Identity.ToString(),
        Protocol = ProtocolMapping.ToWire(cluster.Protocol),
        ConnectTimeoutMs = (uint)cluster.ConnectTimeout.TotalMilliseconds,
    };

    /// <summary>Null when <paramref name="cluster"/> is set, else what is wrong.</summary>
    public static string? TryRead(string name, ByteString body, out Cluster? cluster)
    {
        cluster = null;
        var fields = new ResourceFields(ResourceType.Cluster, name);
        if (!fields.TryParse(V1.Cluster.Parser, body, out var wire))
        {
            return fields.Error;
        }

        if (!SpiffeId.TryParse(wire.Identity, out var identity) || identity.Service is null)
        {
            fields.Fail("identity", "is not the SPIFFE id of a service");
            return fields.Error;
        }

        if (wire.ConnectTimeoutMs is 0 or > MaxConnectTimeoutMs)
        {
            fields.Fail("connect_timeout_ms", $"must be from 1 to {MaxConnectTimeoutMs}");
        }

        var read = new Cluster
        {
            Name = name,
            Service = fields.Name("service", wire.Service),
            Datacenter = fields.Name("datacenter", wire.Datacenter),
            Sni = fields.Text("sni", wire.Sni),
            Identity = identity,
            Protocol = fields.Protocol(wire.Protocol),
            ConnectTimeout = TimeSpan.FromMilliseconds(wire.ConnectTimeoutMs),
        };
        cluster = fields.Good ? read : null;
        return fields.Error;
    }
}
