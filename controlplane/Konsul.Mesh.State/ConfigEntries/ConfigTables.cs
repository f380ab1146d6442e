using Konsul.Mesh.Model.Chains;
using Konsul.Mesh.Model.ConfigEntries;
using Konsul.Mesh.Model.Queries;
using Konsul.Mesh.State.Collections;

namespace Konsul.Mesh.State.ConfigEntries;

/// <summary>
/// Config entries and prepared queries. Of <c>service-intentions</c> only the heads are here, without sources: those are the intentions of the
/// destination, and <see cref="ConfigView"/> puts both together. There is a head exactly while a destination has intentions, except in state
/// that is older than heads.
/// </summary>
internal sealed record ConfigTables
{
    /// <summary>The key of the queries' index in <see cref="Indexes"/>; no kind is called that.</summary>
    public const string QueriesKey = "prepared-query";

    public static ConfigTables Empty { get; } = new();

    /// <summary>With another entry in place of the old one; either may be null.</summary>
    public ConfigTables With(ConfigEntry? old, ConfigEntry? entry)
    {
        var (entries, links) = (Entries, Links);
        if (old is not null)
        {
            entries = entries.Remove(new(old.Kind, old.Name));
            links = LinksOf(old).Aggregate(links, static (map, key) => map.Remove(key));
        }

        if (entry is not null)
        {
            entries = entries.Set(new(entry.Kind, entry.Name), entry);
            links = LinksOf(entry).Aggregate(links, static (map, key) => map.Set(key, true));
        }

        return this with { Entries = entries, Links = links };
    }

    public static IEnumerable<CompositeKey> LinksOf(ConfigEntry entry) =>
        ConfigLinks.Of(entry).Select(to => new CompositeKey(to, entry.Name, entry.Kind));

    /// <summary>(kind, name)</summary>
    public PersistentMap<CompositeKey, ConfigEntry> Entries { get; init; } = PersistentMap<CompositeKey, ConfigEntry>.Empty(CompositeKey.Order);

    /// <summary>(service, service that leads to it, kind of the entry that does): follows from the entries, so it is in no snapshot.</summary>
    public PersistentMap<CompositeKey, bool> Links { get; init; } = PersistentMap<CompositeKey, bool>.Empty(CompositeKey.Order);

    /// <summary>By id.</summary>
    public PersistentMap<string, PreparedQuery> Queries { get; init; } = PersistentMap<string, PreparedQuery>.Empty(StringComparer.Ordinal);

    /// <summary>Kind to the index of its last change.</summary>
    public PersistentMap<string, ulong> Indexes { get; init; } = PersistentMap<string, ulong>.Empty(StringComparer.Ordinal);
}
