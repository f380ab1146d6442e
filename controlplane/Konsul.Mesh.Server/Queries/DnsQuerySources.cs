using Konsul.Mesh.Dns;
using Konsul.Mesh.Model;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Server.Cluster;
using Konsul.Mesh.State;
using Konsul.Mesh.State.Queries;

namespace Konsul.Mesh.Server.Queries;

/// <summary>What DNS answers from the catalog, and prepared queries by their names and ids.</summary>
internal sealed class DnsQuerySources(ServerIdentity identity, IRandom random) : CatalogSources
{
    public override DnsQueryResult? Query(StateView view, string name)
    {
        try
        {
            var asked = new QueryAsked { Datacenter = identity.Datacenter, OwnNode = identity.NodeName };
            return PreparedQueries.Resolve(view, name, asked, random) is { } answer ? Of(answer) : null;
        }
        catch (FormatException)
        {
            // The template has no meaning for this name.
            return null;
        }
    }

    private DnsQueryResult Of(QueryAnswer answer) => new(
        [.. answer.Instances.Select(i => new DnsEndpoint(i.Node, i.Service, WeightOf(i)))],
        identity.Datacenter,
        answer.Query.Dns is { Ttl: var ttl } && ttl > TimeSpan.Zero ? ttl : null,
        KeepOrder: answer.Query.Service?.Near.Length > 0);

    private static int WeightOf(QueryInstance found) =>
        found.Checks.Any(c => c.Status == CheckStatus.Warning) ? found.Service.WarningWeight : found.Service.PassingWeight;
}
