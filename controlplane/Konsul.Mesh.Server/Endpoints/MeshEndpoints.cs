using System.Text.Json;
using Konsul.Mesh.Discovery;
using Konsul.Mesh.Server.Http;
using Konsul.Mesh.Server.Shapes;

namespace Konsul.Mesh.Server.Endpoints;

/// <summary><c>/v1/mesh/proxies</c>: which proxies are connected to the servers, and what they have taken.</summary>
/// <param name="discovery">Those of this server.</param>
/// <param name="elsewhere">The same list of each other server that answers.</param>
internal sealed class MeshEndpoints(DiscoveryService discovery, Func<CancellationToken, Task<IReadOnlyList<ReadOnlyMemory<byte>>>> elsewhere) : IEndpoints
{
    public IEnumerable<ApiRoute> Routes => [new ApiRoute("/v1/mesh/proxies") { Resource = "service" }.Get(ProxiesAsync)];

    private async Task ProxiesAsync(ApiContext context)
    {
        var lists = await elsewhere(context.Aborted).ConfigureAwait(false);
        var proxies = lists.Prepend(ConnectedProxyShape.ToJson(discovery)).SelectMany(Elements).OrderBy(p => p.GetProperty("ProxyID").GetString(), StringComparer.Ordinal);
        await context.JsonAsync(w => w.WriteList(proxies, static (writer, proxy) => proxy.WriteTo(writer))).ConfigureAwait(false);
    }

    private static IEnumerable<JsonElement> Elements(ReadOnlyMemory<byte> list)
    {
        var reader = new Utf8JsonReader(list.Span);
        return JsonElement.ParseValue(ref reader).EnumerateArray();
    }
}
