using System.Collections.Immutable;
using System.Net;
using Konsul.Mesh.Model.Snapshots;
using Konsul.Mesh.Proxy.Core.Outbound;

namespace Konsul.Mesh.Proxy.Core.Listeners;

/// <summary>The listeners that a snapshot asks for, checked. Pure.</summary>
internal sealed record ListenerPlan(IReadOnlyList<(string Key, IPEndPoint Address, ListenerModel Model)> Wanted)
{
    /// <returns>The plan, or the reason why there is none.</returns>
    public static (ListenerPlan? Plan, string? Refusal) Of(ProxySnapshot snapshot, ImmutableDictionary<string, ClusterState> clusters)
    {
        var wanted = new List<(string, IPEndPoint, ListenerModel)>();
        var addresses = new Dictionary<IPEndPoint, string>();
        if (snapshot.Inbound is { } inbound)
        {
            var model = new ListenerModel("inbound", snapshot.Service, inbound.Protocol, inbound, null);
            if (Add(model.Name, inbound.Address, inbound.Port, model) is { } refusal)
            {
                return (null, refusal);
            }
        }

        foreach (var outbound in snapshot.Outbound)
        {
            ClusterState? cluster = null;
            if (outbound.Cluster.Length > 0 && !clusters.TryGetValue(outbound.Cluster, out cluster))
            {
                return (null, $"Listener {outbound.Name} leads to cluster {outbound.Cluster}, which the snapshot does not have.");
            }

            var model = new ListenerModel(outbound.Name, snapshot.Service, outbound.Protocol, null, cluster);
            if (cluster is null && !model.IsHttp)
            {
                return (null, $"Listener {outbound.Name} has no cluster, so it routes by host and must be http.");
            }

            if (Add(outbound.Name, outbound.Address, outbound.Port, model) is { } refusal)
            {
                return (null, refusal);
            }
        }

        return (new ListenerPlan(wanted), null);

        string? Add(string name, string address, int port, ListenerModel model)
        {
            if (!IPAddress.TryParse(address, out var ip) || port is < 0 or > IPEndPoint.MaxPort)
            {
                return $"Listener {name}: {address}:{port} is not an address to listen on.";
            }

            var endPoint = new IPEndPoint(ip, port);
            if (port != 0 && !addresses.TryAdd(endPoint, name))
            {
                return $"Listeners {addresses[endPoint]} and {name} want the same address {endPoint}.";
            }

            // Who asks for a free port is found again by its name, everybody else by the address.
            wanted.Add((port == 0 ? name : endPoint.ToString(), endPoint, model));
            return null;
        }
    }
}
