using Konsul.Mesh.Model;
using Konsul.Mesh.Model.Chains;
using Konsul.Mesh.Model.ConfigEntries;
using Konsul.Mesh.Model.Identity;
using Konsul.Mesh.Server.Bodies;
using Konsul.Mesh.Server.Http;
using Konsul.Mesh.Server.Json;
using Konsul.Mesh.Server.Queries;
using Konsul.Mesh.Server.Shapes;
using Konsul.Mesh.State.Events;

namespace Konsul.Mesh.Server.Endpoints;

/// <summary><c>/v1/discovery-chain/:service</c>: what becomes of requests to a service.</summary>
internal sealed class DiscoveryChainEndpoints(BlockingQueries queries, ApiSettings settings) : IEndpoints
{
    private static readonly string[] Kinds =
        [ProxyDefaults.KindWord, ServiceDefaults.KindWord, ServiceRouter.KindWord, ServiceSplitter.KindWord, ServiceResolver.KindWord];

    private static readonly Topic[] Topics = [.. Kinds.Select(Topic.ConfigEntries)];

    public IEnumerable<ApiRoute> Routes =>
    [
        new ApiRoute("/v1/discovery-chain/", "Missing chain name") { Resource = "service" }
            .Get(c => ChainAsync(c, new ChainBody()))
            .Post(async c => await ChainAsync(c, await c.DecodeAsync(ChainBody.Shape).ConfigureAwait(false)).ConfigureAwait(false)),
    ];

    private async Task ChainAsync(ApiContext context, ChainBody body)
    {
        var service = context.Parameter;
        if (Names.CheckName(service) is { } wrong)
            throw ApiException.BadRequest($"Invalid service name \"{JsonValues.Shown(service)}\": {wrong}");
        var datacenter = context.Query.Value("compile-dc") is { Length: > 0 } asked ? asked : settings.Datacenter;
        if (Names.CheckName(datacenter) is { } bad)
            throw ApiException.BadRequest($"Invalid datacenter \"{JsonValues.Shown(datacenter)}\": {bad}");
        var chain = await queries.ReadAsync(context, Topics, view =>
        {
            var request = new ChainRequest
            {
                Service = service,
                Datacenter = datacenter,
                TrustDomain = view.Ca is { } ca ? TrustDomain.ForCluster(ca.ClusterId).Name : "",
                OverrideProtocol = body.Protocol,
                OverrideConnectTimeout = body.ConnectTimeout,
                OverrideMeshGateway = body.MeshGateway,
            };
            return new Answer<DiscoveryChain>(Kinds.Max(view.Config.IndexOf), Compile(view.Config, request));
        }).ConfigureAwait(false);
        await context.JsonAsync(w =>
        {
            w.WriteStartObject();
            w.WritePropertyName("Chain");
            ChainShape.Write(w, chain);
            w.WriteEndObject();
        }).ConfigureAwait(false);
    }

    private static DiscoveryChain Compile(IConfigEntrySet entries, ChainRequest request)
    {
        try
        {
            return ChainCompiler.Compile(entries, request);
        }
        catch (ChainException e)
        {
            throw ApiException.Failed(e.Message);
        }
    }
}
