using Konsul.Mesh.Model.ConfigEntries;

namespace Konsul.Mesh.Model.Chains;

/// <summary>All entries, as of one moment.</summary>
public interface IConfigEntrySet
{
    /// <summary>Null when there is none.</summary>
    ConfigEntry? Find(string kind, string name);

    /// <summary>In the order of their names.</summary>
    IEnumerable<ConfigEntry> OfKind(string kind);

    /// <summary>The services whose entries lead to this one directly. A large set keeps an index for it.</summary>
    IEnumerable<string> LinkedFrom(string service) =>
        ConfigLinks.Kinds.SelectMany(OfKind).Where(e => ConfigLinks.Of(e).Contains(service)).Select(e => e.Name);
}
