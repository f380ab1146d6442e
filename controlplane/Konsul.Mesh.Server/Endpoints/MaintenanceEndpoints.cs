using Konsul.Mesh.Server.Cluster;
using Konsul.Mesh.Server.HealthChecks;
using Konsul.Mesh.Server.Http;
using Konsul.Mesh.Server.Json;
using Konsul.Mesh.State.Commands;

namespace Konsul.Mesh.Server.Endpoints;

/// <summary><c>/v1/agent/maintenance</c> and <c>service/maintenance</c>: takes the own node, or one of its services, out and in again.</summary>
internal sealed class MaintenanceEndpoints(ReplicatedState state) : IEndpoints
{
    public IEnumerable<ApiRoute> Routes =>
    [
        new ApiRoute("/v1/agent/maintenance") { Resource = "node" }.Put(c => SetAsync(c, "")),
        new ApiRoute("/v1/agent/service/maintenance/", "Missing service ID") { Resource = "service" }.Put(ServiceAsync),
    ];

    private Task ServiceAsync(ApiContext context)
    {
        var id = context.Parameter;
        return state.View.Catalog.Instance(state.NodeName, id) is not null
            ? SetAsync(context, id)
            : throw ApiException.NotFound($"Unknown service ID \"{JsonValues.Shown(id)}\". Ensure that the service ID is passed, not the service name.");
    }

    private async Task SetAsync(ApiContext context, string serviceId)
    {
        if (!context.Query.Has("enable"))
            throw ApiException.BadRequest("Missing value for enable");
        var enable = GoBool.TryParse(context.Query.Value("enable"), out var value)
            ? value
            : throw ApiException.BadRequest($"Invalid value for enable: \"{JsonValues.Shown(context.Query.Value("enable"))}\"");
        var reason = CheckOutput.Cut(context.Query.Value("reason"), 0);
        Command command = enable
            ? new Register { Node = state.OwnNode, SkipNodeUpdate = true, Checks = [MaintenanceCheck.Of(state.NodeName, serviceId, reason)] }
            : new Deregister { Node = state.NodeName, CheckIds = [MaintenanceCheck.IdOf(serviceId)] };
        await state.ProposeAsync(command, context.Aborted).ConfigureAwait(false);
        await context.EmptyAsync().ConfigureAwait(false);
    }
}
