using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Konsul.Mesh.Discovery.Translation;
using Konsul.Mesh.Wire.Mapping;
using Konsul.Mesh.Wire.V1;

namespace Konsul.Mesh.Discovery.Tests.Translation;

/// <summary>name.in.json → name.out.json. KONSUL_UPDATE_GOLDEN=1 writes the outputs anew; read the diff then.</summary>
public sealed class GoldenTests
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static TheoryData<string> Names() =>
        new(Directory.GetFiles(Folder(), "*.in.json").Select(f => Path.GetFileName(f)[..^".in.json".Length]).Order());

    [Theory]
    [MemberData(nameof(Names))]
    public void Translate_GoldenInput_GivesGoldenOutput(string name)
    {
        var mesh = GoldenMesh.Parse(File.ReadAllText(Path.Combine(Folder(), name + ".in.json")));
        var expectedPath = Path.Combine(Folder(), name + ".out.json");

        var translation = ProxyTranslator.Translate(
            mesh.Build(), "n1", mesh.Proxy, TestMesh.Options with { DefaultAllow = mesh.DefaultAllow }, new ResourceCache());
        var actual = Show(translation) + "\n";

        if (Environment.GetEnvironmentVariable("KONSUL_UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(expectedPath, actual);
        }

        Assert.Equal(File.ReadAllText(expectedPath), actual);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Translate_GoldenInput_GivesWhatAProxyCanRead(string name)
    {
        var mesh = GoldenMesh.Parse(File.ReadAllText(Path.Combine(Folder(), name + ".in.json")));
        var translation = ProxyTranslator.Translate(mesh.Build(), "n1", mesh.Proxy, TestMesh.Options, new ResourceCache());

        foreach (var type in ResourceKinds.InOrder.Where(t => t != ResourceType.TrustBundle))
        {
            foreach (var resource in translation?.Resources.Of(type).Values ?? [])
            {
                Assert.Null(ResourceReader.TryRead(type, resource.Name, resource.Wire.Body, out _));
            }
        }
    }

    private static string Show(ProxyTranslation? translation)
    {
        if (translation is null)
        {
            return "null";
        }

        var shown = new JsonObject { ["service"] = translation.Service };
        foreach (var type in ResourceKinds.InOrder)
        {
            var resources = new JsonObject();
            foreach (var resource in translation.Resources.Of(type).Values.OrderBy(r => r.Name, StringComparer.Ordinal))
            {
                resources[resource.Name] = new JsonObject
                {
                    ["version"] = resource.Version,
                    ["body"] = JsonNode.Parse(JsonFormatter.Default.Format(Parse(type, resource.Wire.Body))),
                };
            }

            shown[ResourceKinds.Label(type)] = resources;
        }

        shown["depends on"] = new JsonArray(
            [.. translation.Topics.Select(t => (JsonNode)$"{t.Kind} {t.Key.Replace('\0', '/')}".Trim()).OrderBy(t => (string)t!, StringComparer.Ordinal)]);
        return shown.ToJsonString(Indented);
    }

    private static IMessage Parse(ResourceType type, ByteString body) => type switch
    {
        ResourceType.Listener => Listener.Parser.ParseFrom(body),
        ResourceType.Route => Route.Parser.ParseFrom(body),
        ResourceType.Cluster => Cluster.Parser.ParseFrom(body),
        ResourceType.Endpoints => Endpoints.Parser.ParseFrom(body),
        ResourceType.TrustBundle => TrustBundle.Parser.ParseFrom(body),
        _ => Intentions.Parser.ParseFrom(body),
    };

    private static string Folder([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "Golden");
}
