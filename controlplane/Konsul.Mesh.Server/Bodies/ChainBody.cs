using Konsul.Mesh.Server.Json;

namespace Konsul.Mesh.Server.Bodies;

/// <summary>What a caller of a service overrides in its chain.</summary>
internal sealed class ChainBody
{
    public string Protocol { get; private set; } = "";

    public TimeSpan ConnectTimeout { get; private set; }

    public string MeshGateway { get; private set; } = "";

    private static JsonShape<ChainBody> GatewayShape { get; } = new JsonShape<ChainBody>(() => new ChainBody())
        .Add("Mode", static (ref r, d, p) => d.MeshGateway = OneOf(JsonValues.String(ref r, p), p, "", "none", "local", "remote"));

    public static JsonShape<ChainBody> Shape { get; } = new JsonShape<ChainBody>(() => new ChainBody())
        .Add("OverrideProtocol", static (ref r, d, p) => d.Protocol = OneOf(JsonValues.String(ref r, p), p, "", "tcp", "http", "http2", "grpc"), "override_protocol")
        .Add("OverrideConnectTimeout", static (ref r, d, p) => d.ConnectTimeout = JsonValues.Duration(ref r, p), "override_connect_timeout")
        .Add("OverrideMeshGateway", static (ref r, d, p) => d.MeshGateway = GatewayShape.Read(ref r, p).MeshGateway, "override_mesh_gateway");

    private static string OneOf(string word, string path, params ReadOnlySpan<string> words) => words.Contains(word)
        ? word
        : throw new DecodeException($"field \"{path}\" wants {string.Join(", ", words[1..].ToArray())}, got \"{JsonValues.Shown(word)}\"");
}
