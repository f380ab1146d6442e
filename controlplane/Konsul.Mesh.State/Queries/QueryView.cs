using Konsul.Mesh.Model.Queries;
using Konsul.Mesh.State.ConfigEntries;

namespace Konsul.Mesh.State.Queries;

/// <summary>Prepared queries as of one index.</summary>
public sealed class QueryView
{
    private readonly ConfigTables _tables;

    internal QueryView(ConfigTables tables) => _tables = tables;

    /// <summary>By id.</summary>
    public IEnumerable<PreparedQuery> All => _tables.Queries.Select(e => e.Value);

    /// <summary>The index of the list, at least 1.</summary>
    public ulong Index => Math.Max(_tables.Indexes.GetValueOrDefault(ConfigTables.QueriesKey), 1);

    public PreparedQuery? ById(string id) => _tables.Queries.GetValueOrDefault(id);

    /// <summary>
    /// The query that answers for an id or a name, without case: the one of that id, else the one of exactly that name, else the template with
    /// the longest prefix of it.
    /// </summary>
    public PreparedQuery? ByIdOrName(string idOrName)
    {
        if (idOrName.Length == 0)
        {
            return null;
        }

        if (ById(idOrName.ToLowerInvariant()) is { } byId)
        {
            return byId;
        }

        PreparedQuery? longest = null;
        foreach (var query in All)
        {
            if (!query.IsTemplate && string.Equals(query.Name, idOrName, StringComparison.OrdinalIgnoreCase))
            {
                return query;
            }

            if (query.IsTemplate && idOrName.StartsWith(query.Name, StringComparison.OrdinalIgnoreCase) && !(longest?.Name.Length >= query.Name.Length))
            {
                longest = query;
            }
        }

        return longest;
    }
}
