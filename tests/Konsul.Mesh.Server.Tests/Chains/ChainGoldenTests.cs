using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Konsul.Mesh.Model.Chains;
using Konsul.Mesh.Model.ConfigEntries;
using Konsul.Mesh.Server.Shapes;

namespace Konsul.Mesh.Server.Tests.Chains;

/// <summary>name.in.json (entries; the chain of "main" is compiled) → name.out.json. KONSUL_UPDATE_GOLDEN=1 writes the outputs anew; read the diff then.</summary>
public sealed class ChainGoldenTests
{
    public static TheoryData<string> Names() =>
        new(Directory.GetFiles(Folder(), "*.in.json").Select(f => Path.GetFileName(f)[..^".in.json".Length]).Order());

    [Theory]
    [MemberData(nameof(Names))]
    public void Compile_GoldenInput_GivesGoldenOutput(string name)
    {
        var entries = new Entries(JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder(), name + ".in.json"))).RootElement.EnumerateArray()
            .Select(e => ConfigEntryReader.Read(Encoding.UTF8.GetBytes(e.GetRawText()))));
        var expectedPath = Path.Combine(Folder(), name + ".out.json");

        var actual = Show(ChainCompiler.Compile(entries, new ChainRequest { Service = "main", Datacenter = "dc1", TrustDomain = "trust.konsul" })) + "\n";

        if (Environment.GetEnvironmentVariable("KONSUL_UPDATE_GOLDEN") == "1")
            File.WriteAllText(expectedPath, actual);
        Assert.Equal(File.ReadAllText(expectedPath), actual);
    }

    private static string Show(DiscoveryChain chain)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            ChainShape.Write(writer, chain);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static string Folder([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "Golden");

    private sealed class Entries(IEnumerable<ConfigEntry> entries) : IConfigEntrySet
    {
        private readonly Dictionary<(string, string), ConfigEntry> _entries = entries.ToDictionary(e => (e.Kind, e.Name));

        public ConfigEntry? Find(string kind, string name) => _entries.GetValueOrDefault((kind, name));

        public IEnumerable<ConfigEntry> OfKind(string kind) => _entries.Values.Where(e => e.Kind == kind);
    }
}
