using System.Text.Json;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Model.Snapshots;
using Konsul.Mesh.State;
using Konsul.Mesh.Wire.Mapping;

namespace Konsul.Mesh.Discovery.Translation;

/// <summary>A sidecar's registration → its listeners.</summary>
internal static class ListenerTranslator
{
    private const string AnyAddress = "0.0.0.0";

    /// <summary>Null while the registration lacks a port to listen on or one to forward to.</summary>
    public static InboundListener? Inbound(StateView view, ServiceInstance sidecar, ProxyRegistration proxy)
    {
        var localPort = proxy.LocalServicePort > 0
            ? proxy.LocalServicePort
            : view.Catalog.Instance(sidecar.Node, proxy.DestinationServiceId)?.Port ?? 0;
        return sidecar.Port == 0 || localPort == 0
            ? null
            : new InboundListener
            {
                Address = BindAddress(sidecar, proxy),
                Port = sidecar.Port,
                Protocol = proxy.Protocol,
                LocalAddress = proxy.LocalServiceAddress,
                LocalPort = localPort,
            };
    }

    public static OutboundListener Outbound(Upstream upstream, UpstreamTarget target) => new()
    {
        Name = ResourceNames.Upstream(upstream.LocalBindAddress, upstream.LocalBindPort),
        Address = upstream.LocalBindAddress,
        Port = upstream.LocalBindPort,
        Protocol = target.Protocol,
        Cluster = target.Cluster,
    };

    /// <summary>Config.bind_address as in Consul, else the announced address, else any.</summary>
    private static string BindAddress(ServiceInstance sidecar, ProxyRegistration proxy)
    {
        if (proxy.ConfigJson.Length > 0)
        {
            try
            {
                using var config = JsonDocument.Parse(proxy.ConfigJson);
                if (config.RootElement.ValueKind == JsonValueKind.Object
                    && config.RootElement.TryGetProperty("bind_address", out var address)
                    && address.ValueKind == JsonValueKind.String
                    && address.GetString() is { Length: > 0 } text)
                {
                    return text;
                }
            }
            catch (JsonException)
            {
                // Registered by something that wrote its own format: not ours to judge, and not to stop for.
            }
        }

        return sidecar.Address.Length > 0 ? sidecar.Address : AnyAddress;
    }
}
