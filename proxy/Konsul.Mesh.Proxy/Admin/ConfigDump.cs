using System.Text.Json.Nodes;
using Konsul.Mesh.Model.Snapshots;
using Konsul.Mesh.Wire.Mapping;
using Konsul.Mesh.Wire.Streaming;

namespace Konsul.Mesh.Proxy.Admin;

/// <summary>What is in force, as JSON: one array for each kind of thing, and how each type of the discovery stream stands.</summary>
internal static class ConfigDump
{
    public static JsonObject Create(ProxySnapshot snapshot, DiscoveryState discovery) => new()
    {
        ["version"] = snapshot.Version,
        ["service"] = snapshot.Service,
        ["discovery"] = Discovery(discovery),
        ["listeners"] = Array(Listeners(snapshot)),
        ["routes"] = Array(snapshot.Routes.Values.OrderBy(r => r.Host, StringComparer.Ordinal)
            .Select(r => new JsonObject { ["host"] = r.Host, ["cluster"] = r.Cluster })),
        ["clusters"] = Array(snapshot.Clusters.Values.OrderBy(c => c.Name, StringComparer.Ordinal).Select(c => new JsonObject
        {
            ["name"] = c.Name,
            ["service"] = c.Service,
            ["datacenter"] = c.Datacenter,
            ["protocol"] = Lower(c.Protocol),
            ["sni"] = c.Sni,
            ["identity"] = c.Identity.ToString(),
            ["connectTimeoutMs"] = (long)c.ConnectTimeout.TotalMilliseconds,
        })),
        ["endpoints"] = Array(snapshot.Endpoints.OrderBy(e => e.Key, StringComparer.Ordinal).SelectMany(e => e.Value.Select(i => new JsonObject
        {
            ["cluster"] = e.Key,
            ["id"] = i.Id,
            ["address"] = i.Address,
            ["port"] = i.Port,
            ["weight"] = i.Weight,
        }))),
        ["intentions"] = Array(discovery.Intentions?.Intentions.Select(i => new JsonObject
        {
            ["id"] = i.Id,
            ["source"] = i.SourceName,
            ["destination"] = i.DestinationName,
            ["action"] = Lower(i.Action),
            ["precedence"] = i.Precedence,
        }) ?? []),
        ["defaultAction"] = discovery.Intentions is { } intentions ? Lower(intentions.Default) : "deny",
        ["trustDomain"] = snapshot.TrustBundle.TrustDomain.ToString(),
    };

    private static IEnumerable<JsonObject> Listeners(ProxySnapshot snapshot)
    {
        if (snapshot.Inbound is { } inbound)
        {
            yield return new JsonObject
            {
                ["name"] = ResourceNames.Inbound,
                ["address"] = inbound.Address,
                ["port"] = inbound.Port,
                ["protocol"] = Lower(inbound.Protocol),
                ["cluster"] = "",
                ["localAddress"] = inbound.LocalAddress,
                ["localPort"] = inbound.LocalPort,
            };
        }

        foreach (var listener in snapshot.Outbound)
        {
            yield return new JsonObject
            {
                ["name"] = listener.Name,
                ["address"] = listener.Address,
                ["port"] = listener.Port,
                ["protocol"] = Lower(listener.Protocol),
                ["cluster"] = listener.Cluster,
            };
        }
    }

    private static JsonObject Discovery(DiscoveryState state) => new()
    {
        ["connected"] = state.Connected,
        ["server"] = state.Server,
        ["connectedSince"] = state.ConnectedSince?.ToString("O"),
        ["lastPush"] = state.LastPush?.ToString("O"),
        ["lastError"] = state.LastError,
        ["rejected"] = state.Rejected,
        ["fromCache"] = state.FromCache,
        ["types"] = Array((state.Types.IsDefault ? [] : state.Types).Select(t => new JsonObject
        {
            ["type"] = ResourceKinds.Label(t.Type),
            ["accepted"] = t.Accepted,
            ["refused"] = t.Refused,
            ["lastRefusal"] = t.LastRefusal,
            ["versions"] = new JsonObject(t.Versions.Select(v => KeyValuePair.Create(v.Key, (JsonNode?)v.Value))),
        })),
    };

    private static JsonArray Array(IEnumerable<JsonObject> items) => new([.. items]);

    private static string Lower<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
}
