using Konsul.Mesh.Model.Chains;
using Konsul.Mesh.Model.ConfigEntries;
using Konsul.Mesh.Model.ConfigEntries.Parts;
using Konsul.Mesh.Model.Intentions;
using Konsul.Mesh.State.Intentions;

namespace Konsul.Mesh.State.ConfigEntries;

/// <summary>Config entries as of one index, those of kind <c>service-intentions</c> being a view of the intentions.</summary>
public sealed class ConfigView : IConfigEntrySet
{
    private readonly ConfigTables _tables;
    private readonly IntentionView _intentions;

    internal ConfigView(ConfigTables tables, IntentionView intentions) => (_tables, _intentions) = (tables, intentions);

    internal ConfigTables Tables => _tables;

    public ConfigEntry? Find(string kind, string name)
    {
        var stored = _tables.Entries.GetValueOrDefault(new(kind, name));
        return kind == ServiceIntentions.KindWord ? Intentions(name, stored as ServiceIntentions) : stored;
    }

    public IEnumerable<ConfigEntry> OfKind(string kind)
    {
        var stored = _tables.Entries.From(new(kind, "")).TakeWhile(e => e.Key.First == kind).Select(e => e.Value);
        return kind == ServiceIntentions.KindWord
            ? _intentions.Destinations.Select(d => Find(kind, d)).OfType<ConfigEntry>()
            : stored;
    }

    public IEnumerable<string> LinkedFrom(string service) =>
        _tables.Links.From(new(service, "")).TakeWhile(l => l.Key.First == service).Select(l => l.Key.Second);

    /// <summary>When an entry of the kind last changed, came or went; at least 1.</summary>
    public ulong IndexOf(string kind)
    {
        var index = _tables.Indexes.GetValueOrDefault(kind);
        return kind == ServiceIntentions.KindWord ? Math.Max(index, _intentions.Index) : Math.Max(index, 1);
    }

    private ServiceIntentions? Intentions(string destination, ServiceIntentions? head)
    {
        var intentions = _intentions.To(destination).ToList();
        if (intentions.Count == 0)
        {
            return null;
        }

        return (head ?? new ServiceIntentions { Name = destination, CreateIndex = intentions.Min(i => i.CreateIndex) }) with
        {
            ModifyIndex = Math.Max(head?.ModifyIndex ?? 0, intentions.Max(i => i.ModifyIndex)),
            Sources = [.. intentions.Select(SourceOf)],
        };
    }

    private static SourceIntention SourceOf(Intention intention) => new()
    {
        Name = intention.SourceName,
        Action = intention.Permissions.IsEmpty ? intention.Action == IntentionAction.Allow ? "allow" : "deny" : "",
        Permissions = intention.Permissions,
        Precedence = intention.Precedence,
        LegacyId = intention.Id,
        Type = "consul",
        Description = intention.Description,
        LegacyMeta = intention.Meta,
        LegacyCreateTime = intention.CreatedAt,
        LegacyUpdateTime = intention.UpdatedAt,
    };
}
