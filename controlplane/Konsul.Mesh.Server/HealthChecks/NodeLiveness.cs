using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Server.Cluster;
using Konsul.Mesh.State.Catalog;
using Konsul.Mesh.State.Commands;

namespace Konsul.Mesh.Server.HealthChecks;

/// <summary>Which servers' nodes are shown as something that they no longer are. Pure.</summary>
internal static class NodeLiveness
{
    /// <summary>The words of Consul, which people look for.</summary>
    public const string Alive = "Agent alive and reachable";

    public const string Gone = "Agent not live or unreachable";

    /// <param name="catalog">What is shown.</param>
    /// <param name="servers">Nodes of servers.</param>
    /// <param name="alive">Those of them that were heard of.</param>
    public static IEnumerable<CheckUpdate> Stale(CatalogView catalog, IEnumerable<string> servers, IReadOnlySet<string> alive)
    {
        foreach (var node in servers)
        {
            var wanted = alive.Contains(node) ? CheckStatus.Passing : CheckStatus.Critical;
            if (catalog.Check(node, OwnRegistration.SerfHealth) is { } check && check.Status != wanted)
            {
                yield return new CheckUpdate
                {
                    Node = node,
                    CheckId = check.CheckId,
                    Status = wanted,
                    Output = wanted == CheckStatus.Passing ? Alive : Gone,
                };
            }
        }
    }
}
