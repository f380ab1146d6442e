using System.Text;
using Konsul.Mesh.Ca;
using Konsul.Mesh.Model;
using Konsul.Mesh.Model.Identity;
using Konsul.Mesh.Model.Intentions;
using Konsul.Mesh.Server.Bodies;
using Konsul.Mesh.Server.Certificates;
using Konsul.Mesh.Server.Cluster;
using Konsul.Mesh.Server.Http;
using Konsul.Mesh.Server.Json;
using Konsul.Mesh.Server.Queries;
using Konsul.Mesh.Server.Shapes;
using Konsul.Mesh.State.Authority;
using Konsul.Mesh.State.Events;

namespace Konsul.Mesh.Server.Endpoints;

/// <summary>Roots, leaves and the decision for one client certificate.</summary>
internal sealed class ConnectEndpoints(ReplicatedState state, BlockingQueries queries, LeafStore leaves, IntentionAction defaultAction) : IEndpoints
{
    public IEnumerable<ApiRoute> Routes =>
    [
        new ApiRoute("/v1/connect/ca/roots") { Resource = "service" }.Get(RootsAsync),
        new ApiRoute("/v1/agent/connect/ca/roots") { Resource = "service" }.Get(RootsAsync),
        new ApiRoute("/v1/agent/connect/ca/leaf/", "Missing service name") { Resource = "service" }.Get(LeafAsync),
        new ApiRoute("/v1/agent/connect/authorize") { Resource = "service" }.Post(AuthorizeAsync),
    ];

    private async Task RootsAsync(ApiContext context)
    {
        var ca = await queries.ReadAsync(context, [Topic.CaRoots], view => new Answer<CaTable?>(view.Ca?.Index ?? 1, view.Ca)).ConfigureAwait(false);
        if (ca is null)
            throw ApiException.Failed("The CA is not ready yet");
        if (context.Query.Has("pem"))
        {
            var pem = string.Concat(ca.Roots.Select(r => RootDescription.FromDer(r.Certificate.Span).Pem));
            await context.BytesAsync(200, "application/pem-certificate-chain", Encoding.ASCII.GetBytes(pem)).ConfigureAwait(false);
            return;
        }

        await context.JsonAsync(w => CaShape.WriteRoots(w, ca)).ConfigureAwait(false);
    }

    private async Task LeafAsync(ApiContext context)
    {
        var service = context.Parameter;
        if (Names.CheckName(service) is { } wrong)
            throw ApiException.BadRequest($"Invalid service name: \"{JsonValues.Shown(service)}\" {wrong}");
        var leaf = await leaves.GetAsync(context, service).ConfigureAwait(false);
        context.SetReadHeaders(leaf.Index);
        await context.JsonAsync(w => CaShape.WriteLeaf(w, leaf)).ConfigureAwait(false);
    }

    private async Task AuthorizeAsync(ApiContext context)
    {
        var body = await context.DecodeAsync(AuthorizeBody.Shape).ConfigureAwait(false);
        if (body.Target.Length == 0)
            throw ApiException.BadRequest("Target service must be specified");
        if (!SpiffeId.TryParse(body.ClientCertUri, out var id) || id.Service is null)
            throw ApiException.BadRequest("ClientCertURI not a valid Service identifier");
        var (allowed, reason) = Decide(id, body.Target);
        await context.JsonAsync(w =>
        {
            w.WriteStartObject();
            w.WriteBoolean("Authorized", allowed);
            w.WriteString("Reason", reason);
            w.WriteEndObject();
        }).ConfigureAwait(false);
    }

    private (bool Allowed, string Reason) Decide(SpiffeId id, string target)
    {
        var view = state.View;
        if (view.Ca is not { } ca || id.TrustDomain != TrustDomain.ForCluster(ca.ClusterId))
            return (false, $"Identity from an external trust domain: {id.TrustDomain}");
        var decision = IntentionPolicy.Compile(target, view.Intentions.ForDestination(target), defaultAction).Decide(id.Service!);
        return view.Intentions.ById(decision.IntentionId) is { } intention
            ? (decision.Allowed, $"Matched intention: {intention.SourceName} => {intention.DestinationName} (ID: {intention.Id}, Precedence: {intention.Precedence})")
            : (decision.Allowed, "Default behavior: no intention matched");
    }
}
