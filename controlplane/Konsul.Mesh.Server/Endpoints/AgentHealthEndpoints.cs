using System.Text.Json;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Server.Cluster;
using Konsul.Mesh.Server.HealthChecks;
using Konsul.Mesh.Server.Http;
using Konsul.Mesh.Server.Json;
using Konsul.Mesh.Server.Shapes;

namespace Konsul.Mesh.Server.Endpoints;

/// <summary><c>/v1/agent/health/service/*</c>: services of this server's own node, the status in the answer's code, for balancers that ask no more than
/// that: 200 passing, 429 warning, 503 critical or in maintenance, 404 unknown.</summary>
internal sealed class AgentHealthEndpoints(ReplicatedState state, ServerIdentity identity) : IEndpoints
{
    private const string Passing = "passing";
    private const string Critical = "critical";
    private const string Maintenance = "maintenance";

    private sealed record Verdict(string Word, ServiceInstance? Service, IReadOnlyList<HealthCheck> Checks);

    public IEnumerable<ApiRoute> Routes =>
    [
        new ApiRoute("/v1/agent/health/service/id/", "Missing serviceID") { Resource = "service" }.Get(ByIdAsync),
        new ApiRoute("/v1/agent/health/service/name/", "Missing service Name") { Resource = "service" }.Get(ByNameAsync),
    ];

    private Task ByIdAsync(ApiContext context)
    {
        var id = context.Parameter;
        if (state.View.Catalog.Instance(state.NodeName, id) is not { } service)
            return AnswerAsync(context, 404, $"ServiceId {JsonValues.Shown(id)} not found", w => Write(w, new Verdict(Critical, null, [])));
        var verdict = Judge(service);
        return AnswerAsync(context, CodeOf(verdict.Word), verdict.Word, w => Write(w, verdict));
    }

    private Task ByNameAsync(ApiContext context)
    {
        var name = context.Parameter;
        var verdicts = state.View.Catalog.InstancesOn(state.NodeName).Where(s => s.Name == name).Select(Judge).ToList();
        if (verdicts.Count == 0)
            return AnswerAsync(context, 404, $"ServiceName {JsonValues.Shown(name)} not found", static w => w.WriteList(Array.Empty<Verdict>(), (_, _) => { }));
        var word = verdicts.Select(v => v.Word).MaxBy(CodeAndMaintenance)!;
        return AnswerAsync(context, CodeOf(word), word, w => w.WriteList(verdicts, Write));
    }

    private Verdict Judge(ServiceInstance service)
    {
        var checks = state.View.Catalog.ChecksOf(service.Node, service.Id).Where(c => c.CheckId != OwnRegistration.SerfHealth).ToList();
        var word = checks.Exists(c => MaintenanceCheck.Is(c.CheckId)) ? Maintenance
            : checks.Count == 0 ? Passing
            : CheckShape.StatusWord(checks.Max(c => c.Status));
        return new Verdict(word, service, checks);
    }

    private static int CodeOf(string word) => word switch { Passing => 200, "warning" => 429, _ => 503 };

    private static int CodeAndMaintenance(string word) => CodeOf(word) + (word == Maintenance ? 1 : 0);

    private static Task AnswerAsync(ApiContext context, int status, string reason, Action<Utf8JsonWriter> write)
    {
        context.Http.Response.Headers["X-Consul-Reason"] = new string([.. reason.Where(c => c is >= ' ' and <= '~')]);
        return context.Query.Value("format") == "text" || context.Http.Request.Headers.Accept.ToString().StartsWith("text/plain", StringComparison.OrdinalIgnoreCase)
            ? context.TextAsync(status, reason)
            : context.JsonAsync(write, status);
    }

    private void Write(Utf8JsonWriter w, Verdict verdict)
    {
        w.WriteStartObject();
        w.WriteString("AggregatedStatus", verdict.Word);
        w.WritePropertyName("Service");
        if (verdict.Service is { } service)
            ServiceShape.WriteAgent(w, service, identity.Datacenter);
        else
            w.WriteNullValue();
        w.WritePropertyName("Checks");
        w.WriteList(verdict.Checks, CheckShape.Write);
        w.WriteEndObject();
    }
}
