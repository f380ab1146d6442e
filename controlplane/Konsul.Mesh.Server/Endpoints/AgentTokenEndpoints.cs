using Konsul.Mesh.Server.Bodies;
using Konsul.Mesh.Server.Http;
using Konsul.Mesh.Server.Json;

namespace Konsul.Mesh.Server.Endpoints;

/// <summary><c>/v1/agent/token/*</c>: gives this server a token for its own use.</summary>
internal sealed class AgentTokenEndpoints(ApiSettings settings) : IEndpoints
{
    public IEnumerable<ApiRoute> Routes => [new ApiRoute("/v1/agent/token/", "Missing token name") { Resource = "agent" }.Put(SetAsync)];

    private async Task SetAsync(ApiContext context)
    {
        if (settings.ManagementToken is null)
            throw new ApiException(401, "ACL support disabled");
        var body = await context.DecodeAsync(TokenBody.Shape).ConfigureAwait(false);
        if (!settings.Tokens.TrySet(context.Parameter, body.Token))
            throw ApiException.NotFound($"Token \"{JsonValues.Shown(context.Parameter)}\" is unknown");
        await context.EmptyAsync().ConfigureAwait(false);
    }
}
