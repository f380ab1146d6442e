using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Server.Bodies;
using Konsul.Mesh.Server.Cluster;
using Konsul.Mesh.Server.Http;
using Konsul.Mesh.Server.Json;
using Konsul.Mesh.Server.Queries;
using Konsul.Mesh.Server.Registration;
using Konsul.Mesh.Server.Shapes;
using Konsul.Mesh.State.Commands;
using Konsul.Mesh.State.Events;

namespace Konsul.Mesh.Server.Endpoints;

/// <summary><c>/v1/agent/service*</c>: the services of this server's own node. A service, its sidecar and their checks come and go in one command.</summary>
internal sealed class AgentServiceEndpoints(ReplicatedState state, BlockingQueries queries, ServerIdentity identity, bool runScripts) : IEndpoints
{
    private const int ContentHashBytes = 8;

    public IEnumerable<ApiRoute> Routes =>
    [
        new ApiRoute("/v1/agent/services") { Resource = "service" }.Get(ListAsync),
        new ApiRoute("/v1/agent/service/register") { Resource = "service", MaxBody = 512 * 1024 }.Put(RegisterAsync),
        new ApiRoute("/v1/agent/service/deregister/", "Missing service ID") { Resource = "service" }.Put(DeregisterAsync),
        new ApiRoute("/v1/agent/service/", "Missing service ID") { Resource = "service" }.Get(GetAsync),
    ];

    private Task ListAsync(ApiContext context) => FilteredReply.MapAsync(
        context, state.View.Catalog.InstancesOn(state.NodeName).Where(s => s.Id != OwnRegistration.ServiceName), s => s.Id,
        (w, s) => ServiceShape.WriteAgent(w, s, identity.Datacenter), FilterSchemas.Agent);

    /// <summary>Blocks on the content's hash, not on an index: <c>hash</c> is that of the last answer.</summary>
    private async Task GetAsync(ApiContext context)
    {
        var (id, hash) = (context.Parameter, context.Query.Value("hash"));
        var service = Find(id) ?? throw Unknown(id);
        if (hash.Length > 0 && ContentHash(service) == hash)
        {
            service = await queries.WaitForAsync(context, [Topic.Proxy(state.NodeName, id)], () => Find(id), s => s is null || ContentHash(s) != hash)
                .ConfigureAwait(false) ?? throw Unknown(id);
        }

        var current = ContentHash(service);
        context.Http.Response.Headers["X-Consul-ContentHash"] = current;
        await context.JsonAsync(w => ServiceShape.WriteAgent(w, service, identity.Datacenter, current)).ConfigureAwait(false);
    }

    private async Task RegisterAsync(ApiContext context)
    {
        var body = await context.DecodeAsync(ServiceBody.Agent).ConfigureAwait(false);
        var service = ServiceTranslator.Translate(body, state.NodeName);
        var services = new List<ServiceInstance> { service };
        var checks = CheckTranslator.OfService(service, body.Checks).ToList();
        if (body.Sidecar is { } sidecarBody)
        {
            var sidecar = SidecarTranslator.Translate(service, sidecarBody);
            services.Add(sidecar);
            checks.AddRange(SidecarTranslator.Checks(sidecar, service, sidecarBody));
        }

        if (checks.GroupBy(c => c.CheckId).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw ApiException.BadRequest($"Invalid check: CheckID \"{JsonValues.Shown(twice.Key)}\" is given twice");
        CheckTranslator.RefuseScripts(checks, runScripts);
        await state.ProposeAsync(
            new Register
            {
                Node = state.OwnNode,
                SkipNodeUpdate = true,
                Services = [.. services],
                Checks = [.. checks],
                ReplaceChecks = context.Query.Has("replace-existing-checks"),
                KeepCheckStatus = true,
            },
            context.Aborted).ConfigureAwait(false);
        await context.EmptyAsync().ConfigureAwait(false);
    }

    private async Task DeregisterAsync(ApiContext context)
    {
        var id = context.Parameter;
        if (Find(id) is null || id == OwnRegistration.ServiceName)
            throw ApiException.NotFound($"Unknown service ID \"{JsonValues.Shown(id)}\". Ensure that the service ID is passed, not the service name.");
        var ids = SidecarTranslator.WithSidecar(state.View.Catalog, state.NodeName, id);
        await state.ProposeAsync(new Deregister { Node = state.NodeName, ServiceIds = [.. ids] }, context.Aborted).ConfigureAwait(false);
        await context.EmptyAsync().ConfigureAwait(false);
    }

    private ServiceInstance? Find(string id) => state.View.Catalog.Instance(state.NodeName, id);

    private string ContentHash(ServiceInstance service)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer, JsonOutput.Compact))
        {
            ServiceShape.WriteAgent(writer, service, identity.Datacenter);
        }

        return Convert.ToHexStringLower(SHA256.HashData(buffer.WrittenSpan).AsSpan(0, ContentHashBytes));
    }

    private static ApiException Unknown(string id) => ApiException.NotFound($"unknown service ID: {JsonValues.Shown(id)}");
}
