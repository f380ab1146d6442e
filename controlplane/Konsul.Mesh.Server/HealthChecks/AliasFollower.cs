using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Server.Shapes;
using Konsul.Mesh.State.Catalog;
using Konsul.Mesh.State.Commands;

namespace Konsul.Mesh.Server.HealthChecks;

/// <summary>An alias check is as bad as the worst check of what it names. It follows changes of the catalog; nothing polls.</summary>
internal static class AliasFollower
{
    /// <summary>The aliases on a node whose status is no longer that of their target.</summary>
    public static IEnumerable<CheckUpdate> Stale(CatalogView catalog, string node)
    {
        foreach (var check in catalog.Checks(node))
        {
            if (check.Type != CheckKind.Alias)
                continue;
            var (status, output) = Follow(catalog, check);
            if (status != check.Status)
                yield return new CheckUpdate { Node = check.Node, CheckId = check.CheckId, Status = status, Output = CheckOutput.Cut(output, 0) };
        }
    }

    private static ProbeResult Follow(CatalogView catalog, HealthCheck alias)
    {
        var node = alias.Definition.AliasNode.Length > 0 ? alias.Definition.AliasNode : alias.Node;
        var service = alias.Definition.AliasService;
        if (service.Length > 0 && catalog.Instance(node, service) is null)
            return new ProbeResult(CheckStatus.Critical, $"Service {service} could not be found on node {node}");
        if (service.Length == 0 && catalog.Node(node) is null)
            return new ProbeResult(CheckStatus.Critical, $"Node {node} could not be found");

        var targets = catalog.ChecksOf(node, service).Where(c => c.CheckId != alias.CheckId || c.Node != alias.Node).ToList();
        return targets.MaxBy(c => c.Status) switch
        {
            null => new ProbeResult(CheckStatus.Passing, "No checks found."),
            { Status: CheckStatus.Passing } => new ProbeResult(CheckStatus.Passing, "All checks passing."),
            var worst => new ProbeResult(worst.Status, $"Aliased check \"{worst.Name}\" is {CheckShape.StatusWord(worst.Status)}: {worst.Output}"),
        };
    }
}
