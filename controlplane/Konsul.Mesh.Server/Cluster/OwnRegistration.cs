using System.Collections.Immutable;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Server.HealthChecks;
using Konsul.Mesh.State.Commands;

namespace Konsul.Mesh.Server.Cluster;

/// <summary>The node that this server is in its own catalog, with the check that says it is alive. Written at every start.</summary>
internal static class OwnRegistration
{
    /// <summary>The id that Consul's clients look for.</summary>
    public const string SerfHealth = LivenessChecks.NodeCheckId;

    /// <summary>The id and the name of the service that every server is, as in Consul.</summary>
    public const string ServiceName = "consul";

    public static async Task EnsureAsync(ReplicatedState state, ServerIdentity identity, CancellationToken cancellationToken)
    {
        var node = new Node
        {
            Id = identity.NodeId.ToString("D"),
            Name = identity.NodeName,
            Address = identity.Address.ToString(),
            Datacenter = identity.Datacenter,
            Meta = identity.Meta,
            TaggedAddresses = ImmutableSortedDictionary.CreateRange(
                StringComparer.Ordinal, [new KeyValuePair<string, string>("lan", identity.Address.ToString()), new("wan", identity.Address.ToString())]),
        };
        var check = new HealthCheck
        {
            Node = identity.NodeName,
            CheckId = SerfHealth,
            Name = "Serf Health Status",
            Status = CheckStatus.Passing,
            Output = NodeLiveness.Alive,
        };
        var service = new ServiceInstance { Node = identity.NodeName, Id = ServiceName, Name = ServiceName, Port = identity.RaftPort, Meta = Meta(identity) };
        await state.ProposeAsync(new Register { Node = node, Services = [service], Checks = [check] }, cancellationToken).ConfigureAwait(false);
    }

    private static ImmutableSortedDictionary<string, string> Meta(ServerIdentity identity) => ImmutableSortedDictionary.CreateRange(
        StringComparer.Ordinal,
        [
            new KeyValuePair<string, string>("raft_version", "3"), new("serf_protocol_current", "2"), new("serf_protocol_max", "5"), new("serf_protocol_min", "1"),
            new("version", identity.Version),
        ]);
}
