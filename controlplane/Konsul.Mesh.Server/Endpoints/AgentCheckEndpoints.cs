using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Server.Bodies;
using Konsul.Mesh.Server.Cluster;
using Konsul.Mesh.Server.HealthChecks;
using Konsul.Mesh.Server.Http;
using Konsul.Mesh.Server.Json;
using Konsul.Mesh.Server.Queries;
using Konsul.Mesh.Server.Registration;
using Konsul.Mesh.Server.Shapes;
using Konsul.Mesh.State.Commands;

namespace Konsul.Mesh.Server.Endpoints;

/// <summary><c>/v1/agent/check*</c>: the checks of this server's own node and its services.</summary>
internal sealed class AgentCheckEndpoints(ReplicatedState state, TtlExpiry ttl, bool runScripts) : IEndpoints
{
    public IEnumerable<ApiRoute> Routes =>
    [
        new ApiRoute("/v1/agent/checks") { Resource = "node" }.Get(ListAsync),
        new ApiRoute("/v1/agent/check/register") { Resource = "node" }.Put(RegisterAsync),
        new ApiRoute("/v1/agent/check/deregister/", "Missing check ID") { Resource = "node" }.Put(DeregisterAsync),
        new ApiRoute("/v1/agent/check/pass/", "Missing check ID") { Resource = "node" }.Put(c => NoteAsync(c, CheckStatus.Passing)),
        new ApiRoute("/v1/agent/check/warn/", "Missing check ID") { Resource = "node" }.Put(c => NoteAsync(c, CheckStatus.Warning)),
        new ApiRoute("/v1/agent/check/fail/", "Missing check ID") { Resource = "node" }.Put(c => NoteAsync(c, CheckStatus.Critical)),
        new ApiRoute("/v1/agent/check/update/", "Missing check ID") { Resource = "node" }.Put(UpdateAsync),
    ];

    private Task ListAsync(ApiContext context) => FilteredReply.MapAsync(
        context, state.View.Catalog.Checks(state.NodeName).Where(c => c.CheckId != OwnRegistration.SerfHealth && c.Type != CheckKind.Sidecar), c => c.CheckId, CheckShape.Write,
        FilterSchemas.Check);

    private async Task RegisterAsync(ApiContext context)
    {
        var body = await context.DecodeAsync(CheckBody.Shape).ConfigureAwait(false);
        var check = CheckTranslator.Alone(body, state.NodeName);
        if (check.CheckId == OwnRegistration.SerfHealth)
            throw ApiException.BadRequest($"Invalid check: CheckID \"{check.CheckId}\" is the server's own");
        CheckTranslator.RefuseScripts([check], runScripts);
        if (check.ServiceId.Length > 0 && state.View.Catalog.Instance(state.NodeName, check.ServiceId) is null)
            throw ApiException.Failed($"ServiceID \"{JsonValues.Shown(check.ServiceId)}\" does not exist");
        await state.ProposeAsync(
            new Register { Node = state.OwnNode, SkipNodeUpdate = true, Checks = [check], KeepCheckStatus = body.Status is null }, context.Aborted)
            .ConfigureAwait(false);
        await context.EmptyAsync().ConfigureAwait(false);
    }

    private async Task DeregisterAsync(ApiContext context)
    {
        var check = Find(context.Parameter);
        await state.ProposeAsync(new Deregister { Node = state.NodeName, CheckIds = [check.CheckId] }, context.Aborted).ConfigureAwait(false);
        await context.EmptyAsync().ConfigureAwait(false);
    }

    private Task NoteAsync(ApiContext context, CheckStatus status) => ReportAsync(context, status, context.Query.Value("note"));

    private async Task UpdateAsync(ApiContext context)
    {
        var body = await context.DecodeAsync(CheckUpdateBody.Shape).ConfigureAwait(false);
        var status = CheckBody.ParseStatus(body.Status) ?? throw ApiException.BadRequest($"Invalid check status: '{JsonValues.Shown(body.Status)}'");
        await ReportAsync(context, status, body.Output).ConfigureAwait(false);
    }

    /// <summary>A report in time keeps the status alive; only a change is written to the log.</summary>
    private async Task ReportAsync(ApiContext context, CheckStatus status, string output)
    {
        var check = Find(context.Parameter);
        if (check.Type != CheckKind.Ttl)
            throw ApiException.Failed($"CheckID \"{JsonValues.Shown(check.CheckId)}\" does not have associated TTL");
        ttl.Reported(check);
        var shown = CheckOutput.Cut(output, check.Definition.OutputMaxSize);
        if (check.Status != status || check.Output != shown)
        {
            var update = new CheckUpdate { Node = check.Node, CheckId = check.CheckId, Status = status, Output = shown };
            await state.ProposeAsync(new UpdateChecks { Updates = [update] }, context.Aborted).ConfigureAwait(false);
        }

        await context.EmptyAsync().ConfigureAwait(false);
    }

    private HealthCheck Find(string id) => state.View.Catalog.Check(state.NodeName, id) ??
        throw ApiException.NotFound($"Unknown check ID \"{JsonValues.Shown(id)}\". Ensure that the check ID is passed, not the check name.");
}
