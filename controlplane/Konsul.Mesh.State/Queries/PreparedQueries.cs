using System.Collections.Immutable;
using Konsul.Mesh.Model;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Model.Queries;
using Konsul.Mesh.State.Catalog;

namespace Konsul.Mesh.State.Queries;

/// <summary>Asks prepared queries, for HTTP and DNS alike.</summary>
public static class PreparedQueries
{
    /// <summary>
    /// Finds the query of an id or a name, fills its template and answers it from the catalog. Other datacenters, which nothing connects with
    /// this one, answer with nothing.
    /// </summary>
    /// <param name="view">What to answer from.</param>
    /// <param name="idOrName">As asked, in any case.</param>
    /// <param name="asked">What the asker adds.</param>
    /// <param name="random">Shuffles, so that askers spread over the instances.</param>
    /// <returns>Null when no query answers for the name.</returns>
    /// <exception cref="FormatException">The template cannot be filled for this name.</exception>
    public static QueryAnswer? Resolve(StateView view, string idOrName, QueryAsked asked, IRandom random)
    {
        if (view.Queries.ByIdOrName(idOrName) is not { } stored)
        {
            return null;
        }

        var query = Fill(stored, idOrName);
        var service = query.Service!;
        var found = Find(view.Catalog, service, asked.Connect || service.Connect);
        Shuffle(found, random);
        if (Nearest(service, asked) is { Length: > 0 } near)
        {
            found = [.. found.OrderByDescending(f => string.Equals(f.Node.Name, near, StringComparison.OrdinalIgnoreCase))];
        }

        // Asked in vain: what failover names is never this cluster, whose answer is known.
        var failover = service.Failover;
        var elsewhere = failover is null || found.Count > 0 ? 0
            : failover.Targets.Length > 0 ? failover.Targets.Length
            : failover.Datacenters.Distinct(StringComparer.OrdinalIgnoreCase).Count(dc => !string.Equals(dc, asked.Datacenter, StringComparison.OrdinalIgnoreCase));
        return new QueryAnswer
        {
            Query = query,
            Instances = [.. asked.Limit > 0 ? found.Take(asked.Limit) : found],
            Failovers = elsewhere,
        };
    }

    /// <summary>The query with the placeholders of its texts filled for one name; the query itself when it is no template.</summary>
    /// <exception cref="FormatException">A text cannot be filled.</exception>
    public static PreparedQuery Fill(PreparedQuery query, string name)
    {
        var service = query.Service ?? new QueryService();
        if (!query.IsTemplate)
        {
            return query with { Service = service };
        }

        var text = QueryTemplateText.For(query, name);
        var tags = service.Tags.Select(text.Fill);
        return query with
        {
            Service = service with
            {
                Service = text.Fill(service.Service),
                Near = text.Fill(service.Near),
                Tags = [.. query.Template!.RemoveEmptyTags ? tags.Where(t => t is not ("" or "!")) : tags],
                IgnoreCheckIds = [.. service.IgnoreCheckIds.Select(text.Fill)],
                NodeMeta = Fill(text, service.NodeMeta),
                ServiceMeta = Fill(text, service.ServiceMeta),
                Failover = service.Failover is { } failover ? failover with { Datacenters = [.. failover.Datacenters.Select(text.Fill)] } : null,
            },
        };
    }

    private static ImmutableSortedDictionary<string, string> Fill(QueryTemplateText text, ImmutableSortedDictionary<string, string> map)
    {
        var filled = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in map)
        {
            filled[text.Fill(key)] = text.Fill(value);
        }

        return filled.ToImmutable();
    }

    private static List<QueryInstance> Find(CatalogView catalog, QueryService service, bool connect)
    {
        var found = new List<QueryInstance>();
        foreach (var instance in connect ? catalog.ConnectInstances(service.Service) : catalog.Instances(service.Service))
        {
            if (catalog.Node(instance.Node) is { } node && HasAll(node.Meta, service.NodeMeta) && HasAll(instance.Meta, service.ServiceMeta)
                && service.Tags.All(t => Takes(instance.Tags, t)))
            {
                var checks = catalog.ChecksOf(instance.Node, instance.Id);
                var worst = checks.Where(c => !service.IgnoreCheckIds.Contains(c.CheckId)).Select(c => c.Status).DefaultIfEmpty(CheckStatus.Passing).Max();
                if (worst == CheckStatus.Passing || (worst == CheckStatus.Warning && !service.OnlyPassing))
                {
                    found.Add(new QueryInstance(node, instance, checks));
                }
            }
        }

        return found;
    }

    private static bool Takes(ImmutableArray<string> tags, string wanted) => wanted.StartsWith('!')
        ? !tags.Contains(wanted[1..], StringComparer.OrdinalIgnoreCase)
        : tags.Contains(wanted, StringComparer.OrdinalIgnoreCase);

    private static bool HasAll(ImmutableSortedDictionary<string, string> meta, ImmutableSortedDictionary<string, string> wanted) =>
        wanted.All(w => meta.TryGetValue(w.Key, out var value) && value == w.Value);

    private static string Nearest(QueryService service, QueryAsked asked)
    {
        var near = asked.Near.Length > 0 ? asked.Near : service.Near;
        return near == "_agent" ? asked.OwnNode : near;
    }

    private static void Shuffle(List<QueryInstance> items, IRandom random)
    {
        for (var i = items.Count - 1; i > 0; i--)
        {
            var j = random.Next(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }
}
