using System.Globalization;
using System.Text.Json.Nodes;
using Konsul.Mesh.Proxy.Options;

namespace Konsul.Mesh.Proxy.Registration;

/// <summary>The service and its sidecar as Consul's registration wants them.</summary>
internal static class RegistrationBody
{
    /// <summary>How long the instance stays healthy without a word from its sidecar.</summary>
    public static TimeSpan Ttl { get; } = TimeSpan.FromSeconds(5);

    public static string CheckId(string serviceId) => $"konsul-app:{serviceId}";

    public static string SidecarId(string serviceId) => $"{serviceId}-sidecar-proxy";

    /// <summary>Unique for every instance and the same after a restart: name, announced address unless it is this machine only, port.</summary>
    public static string DefaultId(ServiceOptions service, string address)
    {
        var isLocal = address.Length == 0 || address == "localhost" || (System.Net.IPAddress.TryParse(address, out var ip) && System.Net.IPAddress.IsLoopback(ip));
        return string.Create(CultureInfo.InvariantCulture, $"{service.Name}-{(isLocal ? "" : address + "-")}{service.Port}");
    }

    /// <param name="service">What was asked for.</param>
    /// <param name="id">Of the instance.</param>
    /// <param name="address">Announced to peers.</param>
    /// <param name="inboundPort">0: the server allots one.</param>
    /// <param name="status">passing or critical, as the app was found.</param>
    public static JsonObject Create(ServiceOptions service, string id, string address, int inboundPort, string status)
    {
        var config = new JsonObject();
        if (service.Protocol != "auto")
        {
            config["protocol"] = service.Protocol;
        }

        if (service.Address is not null)
        {
            // The announced address may be another machine's (NAT): do not bind to it.
            config["bind_address"] = "0.0.0.0";
        }

        var upstreams = service.Upstreams.Select(u =>
        {
            var upstream = new JsonObject { ["DestinationName"] = u.Service, ["LocalBindAddress"] = "127.0.0.1", ["LocalBindPort"] = u.LocalPort };
            if (u.Datacenter.Length > 0)
            {
                upstream["Datacenter"] = u.Datacenter;
            }

            return (JsonNode)upstream;
        });
        return new JsonObject
        {
            ["ID"] = id,
            ["Name"] = service.Name,
            ["Address"] = address,
            ["Port"] = service.Port,
            ["Check"] = new JsonObject
            {
                ["CheckID"] = CheckId(id),
                ["Name"] = "App accepts connections",
                ["TTL"] = $"{(int)Ttl.TotalSeconds}s",
                ["Status"] = status,
                ["DeregisterCriticalServiceAfter"] = "30m",
            },
            ["Connect"] = new JsonObject
            {
                ["SidecarService"] = new JsonObject
                {
                    ["Port"] = inboundPort,
                    ["Address"] = address,
                    ["Checks"] = new JsonArray(),
                    ["Proxy"] = new JsonObject
                    {
                        ["LocalServiceAddress"] = "127.0.0.1",
                        ["LocalServicePort"] = service.Port,
                        ["Config"] = config,
                        ["Upstreams"] = new JsonArray([.. upstreams]),
                    },
                },
            },
        };
    }
}
