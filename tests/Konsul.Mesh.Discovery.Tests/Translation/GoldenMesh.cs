using System.Text.Json;
using System.Text.Json.Serialization;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Model.Intentions;
using Konsul.Mesh.State;
using Konsul.Mesh.State.Authority;
using Konsul.Mesh.State.Commands;

namespace Konsul.Mesh.Discovery.Tests.Translation;

/// <summary>The input of a golden file: nodes, instances and sidecars, checks, intentions.</summary>
internal sealed record GoldenMesh
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter() },
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        ReadCommentHandling = JsonCommentHandling.Skip,
    };

    public string Proxy { get; init; } = "web-sidecar-proxy";

    public bool DefaultAllow { get; init; }

    public Node[] Nodes { get; init; } = [new() { Name = "n1", Address = "10.0.0.1" }];

    public ServiceInstance[] Services { get; init; } = [];

    public HealthCheck[] Checks { get; init; } = [];

    public Intention[] Intentions { get; init; } = [];

    public static GoldenMesh Parse(string json) => JsonSerializer.Deserialize<GoldenMesh>(json, Json)!;

    public StateView Build()
    {
        var store = new StateStore();
        var index = 0ul;
        var commands = new List<Command>
        {
            new InitializeCa
            {
                ClusterId = TestMesh.ClusterId,
                Roots = [new CaRoot { Id = "r", Name = "r", Certificate = "root"u8.ToArray(), Active = true, CreatedAt = DateTimeOffset.UnixEpoch }],
            },
        };
        commands.AddRange(Nodes.Select(node => new Register
        {
            Node = node,
            Services = [.. Services.Where(s => s.Node == node.Name)],
            Checks = [.. Checks.Where(c => c.Node == node.Name)],
        }));
        commands.AddRange(Intentions.Select(i => new UpsertIntention { Intention = i }));
        foreach (var command in commands)
        {
            var result = store.Apply(++index, CommandCodec.Encode(command));
            Assert.True(result.Success, result.Reason);
        }

        return store.View;
    }
}
