using System.Collections.Immutable;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.State.Commands;

namespace Konsul.Mesh.Server.Cluster;

/// <summary>The node that this server is in its own catalog, with the check that says it is alive. Written at every start.</summary>
internal static class OwnRegistration
{
    /// <summary>The id that Consul's clients look for.</summary>
    public const string SerfHealth = "serfHealth";

    public static async Task EnsureAsync(ReplicatedState state, ServerIdentity identity, CancellationToken cancellationToken)
    {
        var node = new Node
        {
            Id = identity.NodeId.ToString("D"),
            Name = identity.NodeName,
            Address = identity.Address.ToString(),
            Datacenter = identity.Datacenter,
            TaggedAddresses = ImmutableSortedDictionary.CreateRange(
                StringComparer.Ordinal, [new KeyValuePair<string, string>("lan", identity.Address.ToString()), new("wan", identity.Address.ToString())]),
        };
        var check = new HealthCheck
        {
            Node = identity.NodeName,
            CheckId = SerfHealth,
            Name = "Serf Health Status",
            Status = CheckStatus.Passing,
            Output = "Agent alive and reachable",
        };
        await state.ProposeAsync(new Register { Node = node, Checks = [check] }, cancellationToken).ConfigureAwait(false);
    }
}
