using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace Konsul.Mesh.Proxy.Control;

/// <summary>What the sidecar itself asks of the server's HTTP API. Every call answers with null for success or with what went wrong.</summary>
internal sealed class ServerApi(ServerPool servers, TimeProvider time)
{
    private const int MaxReason = 300;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public Task<ApiResult> RegisterAsync(JsonObject registration, CancellationToken cancellation) =>
        PutAsync("/v1/agent/service/register?replace-existing-checks=true", registration, cancellation);

    public Task<ApiResult> DeregisterAsync(string serviceId, CancellationToken cancellation) =>
        PutAsync($"/v1/agent/service/deregister/{Uri.EscapeDataString(serviceId)}", null, cancellation);

    /// <param name="status">passing or critical</param>
    public Task<ApiResult> UpdateCheckAsync(string checkId, string status, string output, CancellationToken cancellation) =>
        PutAsync(
            $"/v1/agent/check/update/{Uri.EscapeDataString(checkId)}",
            new JsonObject { ["Status"] = status, ["Output"] = output },
            cancellation);

    /// <summary>The catalog node of the server that is preferred now; null when it does not say.</summary>
    public async Task<string?> NodeNameAsync(CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        using var request = new HttpRequestMessage(HttpMethod.Get, (Uri?)null);
        try
        {
            using var response = await servers.SendAsync(request, "/v1/agent/self", either.Token);
            var self = JsonNode.Parse(await response.Content.ReadAsStringAsync(either.Token)) as JsonObject;
            return (self?["Config"] as JsonObject)?["NodeName"]?.GetValue<string>();
        }
        catch (Exception e) when (e is HttpRequestException or System.Text.Json.JsonException or InvalidOperationException)
        {
            return null;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return null;
        }
    }

    private async Task<ApiResult> PutAsync(string target, JsonObject? body, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        using var request = new HttpRequestMessage(HttpMethod.Put, (Uri?)null);
        if (body is not null)
        {
            request.Content = new StringContent(body.ToJsonString(), new MediaTypeHeaderValue("application/json"));
        }

        try
        {
            using var response = await servers.SendAsync(request, target, either.Token);
            if (response.IsSuccessStatusCode)
            {
                return new ApiResult(response.StatusCode, "");
            }

            var text = await response.Content.ReadAsStringAsync(either.Token);
            return new ApiResult(response.StatusCode, $"{(int)response.StatusCode} {(text.Length > MaxReason ? text[..MaxReason] : text)}".Trim());
        }
        catch (HttpRequestException e)
        {
            return new ApiResult(null, $"{servers.Preferred} cannot be reached: {e.Message}");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new ApiResult(null, $"no answer within {Patience.TotalSeconds:0} s");
        }
    }
}

/// <param name="Status">Null when there was no answer.</param>
/// <param name="Reason">Empty for success.</param>
internal readonly record struct ApiResult(HttpStatusCode? Status, string Reason)
{
    public bool Good => Reason.Length == 0 && Status is not null;

    public bool IsMissing => Status == HttpStatusCode.NotFound;
}
