using Konsul.Mesh.Model;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.State;
using Konsul.Mesh.Wire.Mapping;

namespace Konsul.Mesh.Discovery.Translation;

/// <summary>Where an upstream leads: its datacenter filled in, its protocol decided.</summary>
/// <param name="Service">The destination service.</param>
/// <param name="Datacenter">Never empty.</param>
/// <param name="Protocol">The upstream's own; else what the destination's sidecars were registered with; else auto.</param>
/// <param name="ConnectTimeoutMs">At least 1.</param>
internal sealed record UpstreamTarget(string Service, string Datacenter, ServiceProtocol Protocol, int ConnectTimeoutMs)
{
    public string Cluster => ResourceNames.Cluster(Service, Names.DefaultNamespace, Datacenter);

    /// <summary>The registration's own checks are the server's; here a bad upstream must only not harm the good ones beside it.</summary>
    public static bool IsUsable(Upstream upstream) =>
        Names.CheckName(upstream.DestinationName) is null
        && (upstream.Datacenter.Length == 0 || Names.CheckName(upstream.Datacenter) is null)
        && upstream.LocalBindPort is > 0 and <= ushort.MaxValue
        && upstream.LocalBindAddress.Length > 0;

    public static UpstreamTarget Of(Upstream upstream, StateView view, string ownDatacenter)
    {
        var datacenter = upstream.Datacenter.Length > 0 ? upstream.Datacenter : ownDatacenter;
        var protocol = upstream.Protocol;
        if (protocol == ServiceProtocol.Auto && datacenter == ownDatacenter)
        {
            protocol = view.Catalog.ConnectInstances(upstream.DestinationName)
                .Select(i => i.Proxy?.Protocol ?? ServiceProtocol.Auto)
                .FirstOrDefault(p => p != ServiceProtocol.Auto);
        }

        return new UpstreamTarget(upstream.DestinationName, datacenter, protocol, Math.Max(upstream.ConnectTimeoutMs, 1));
    }
}
