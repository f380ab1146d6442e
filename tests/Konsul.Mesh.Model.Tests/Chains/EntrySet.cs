using System.Text;
using Konsul.Mesh.Model.Chains;
using Konsul.Mesh.Model.ConfigEntries;

namespace Konsul.Mesh.Model.Tests.Chains;

/// <summary>Entries in memory.</summary>
internal sealed class EntrySet(IEnumerable<ConfigEntry> entries) : IConfigEntrySet
{
    private readonly Dictionary<(string, string), ConfigEntry> _entries = entries.ToDictionary(e => (e.Kind, e.Name));

    public static EntrySet Of(params string[] json) => new(json.Select(j => ConfigEntryReader.Read(Encoding.UTF8.GetBytes(j))));

    public ConfigEntry? Find(string kind, string name) => _entries.GetValueOrDefault((kind, name));

    public IEnumerable<ConfigEntry> OfKind(string kind) => _entries.Values.Where(e => e.Kind == kind).OrderBy(e => e.Name, StringComparer.Ordinal);

    public DiscoveryChain Compile(string service) => ChainCompiler.Compile(this, new ChainRequest { Service = service, Datacenter = "dc1", TrustDomain = "td" });
}
