using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Proxy.Core.Listeners;
using Konsul.Mesh.Proxy.Core.Outbound;

namespace Konsul.Mesh.Proxy.Core;

/// <summary>From live objects to plain values.</summary>
internal static class EngineDescriber
{
    public static EngineDescription Describe(EngineModel model, EngineContext engine, bool draining)
    {
        var identity = engine.Identity.Current?.Identity;
        return new EngineDescription(
            model.Snapshot.Version,
            model.Snapshot.Service,
            draining,
            identity?.Id.ToString() ?? "",
            identity?.NotAfter,
            engine.Gatekeeper.OpenConnections,
            [.. model.Listeners.Values.Select(Describe).OrderBy(l => l.Name, StringComparer.Ordinal)],
            [.. model.Clusters.Values.Select(c => Describe(c, engine.Time)).OrderBy(c => c.Name, StringComparer.Ordinal)]);
    }

    private static ListenerDescription Describe(ListenerState listener)
    {
        var model = listener.Model;
        return new ListenerDescription(
            model.Name, listener.Address.ToString(), listener.Address.Port, Text(model.Protocol), model.Cluster?.Model.Config.Name ?? "",
            listener.OpenConnections, listener.Accepted, listener.Refused);
    }

    private static ClusterDescription Describe(ClusterState cluster, TimeProvider time)
    {
        var (config, _, endpoints, _, _) = cluster.Model;
        return new ClusterDescription(
            config.Name, config.Service, config.Datacenter, Text(config.Protocol), config.Sni, config.Identity.ToString(),
            [.. endpoints.Select(e => Describe(e, time))]);
    }

    private static EndpointDescription Describe(EndpointState state, TimeProvider time) => new(
        state.Endpoint.Id, state.Endpoint.Address, state.Endpoint.Port, state.Load.Weight,
        state.Load.Estimate(time.GetTimestamp()) * 1000 / time.TimestampFrequency, state.Load.Pending, state.Load.ConnectFailures);

    private static string Text(ServiceProtocol protocol) => protocol.ToString().ToLowerInvariant();
}
