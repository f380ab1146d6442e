using Konsul.Mesh.Model.Chains;
using Konsul.Mesh.Model.ConfigEntries;

namespace Konsul.Mesh.Cli.ConfigFiles;

/// <summary>Entries at hand: read from files, fetched from the server, or both.</summary>
internal sealed class EntrySet : IConfigEntrySet
{
    private readonly SortedDictionary<(string Kind, string Name), ConfigEntry> _entries = [];

    public ConfigEntry? Find(string kind, string name) => _entries.GetValueOrDefault((kind, name));

    public IEnumerable<ConfigEntry> OfKind(string kind) => _entries.Where(e => e.Key.Kind == kind).Select(e => e.Value);

    /// <summary>Takes an entry in, in place of one with the same key.</summary>
    public void Put(ConfigEntry entry) => _entries[(entry.Kind, entry.Name)] = entry;

    /// <summary>Reads files and refuses two entries with one key.</summary>
    public static IReadOnlyList<(ConfigDocument Document, ConfigEntry Entry)> ReadFiles(IEnumerable<string> paths)
    {
        var read = new List<(ConfigDocument, ConfigEntry)>();
        var seen = new Dictionary<(string, string), string>();
        foreach (var document in ConfigFileReader.Find(paths).SelectMany(ConfigFileReader.Read))
        {
            var entry = document.Read();
            if (!seen.TryAdd((entry.Kind, entry.Name), document.File))
            {
                throw document.Wrong("Name", $"{entry.Kind} \"{entry.Name}\" is in {seen[(entry.Kind, entry.Name)]} too");
            }

            read.Add((document, entry));
        }

        return read;
    }
}
