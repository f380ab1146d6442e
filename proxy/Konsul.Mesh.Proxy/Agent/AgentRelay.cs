using System.Net.Http.Headers;
using Konsul.Mesh.Proxy.Control;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Proxy.Agent;

/// <summary>Passes the workload's requests on to a server and the answer back, streaming both ways; blocking queries wait as long as they like.</summary>
internal sealed class AgentRelay(ServerPool servers, Func<bool> isConnected, ILogger log)
{
    private static readonly HashSet<string> HopByHop = new(StringComparer.OrdinalIgnoreCase)
    {
        "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization", "TE", "Trailer", "Transfer-Encoding", "Upgrade",
        "Host", "Expect", "HTTP2-Settings",
    };

    public async Task HandleAsync(HttpContext context)
    {
        var rawTarget = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        var method = context.Request.Method;
        if (rawTarget == "/health" && HttpMethods.IsGet(method))
        {
            await AnswerHealthAsync(context);
            return;
        }

        if (context.Request.Headers.Origin.Count > 0 && !HttpMethods.IsGet(method) && !HttpMethods.IsHead(method))
        {
            // A page in a browser on this machine could write with the proxy's token; programs send no Origin.
            await WriteAsync(context, StatusCodes.Status403Forbidden, "Requests from web pages are refused.");
            return;
        }

        if (!AgentRoute.TryMatch(method, rawTarget, out var route))
        {
            await WriteAsync(context, StatusCodes.Status404NotFound, "The agent does not offer this path.");
            return;
        }

        using var request = new HttpRequestMessage(new HttpMethod(route.Value.Method), (Uri?)null);
        if (await TryFillAsync(context, route.Value, request))
        {
            await RelayAsync(context, request, route.Value.RawTarget);
        }
    }

    private static async Task<bool> TryFillAsync(HttpContext context, AgentRoute route, HttpRequestMessage request)
    {
        if (route.IsShortRegistration)
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
            if (ShortRegistration.TryTranslate(body.GetBuffer().AsSpan(0, (int)body.Length), out var translated) is { } reason)
            {
                await WriteAsync(context, StatusCodes.Status400BadRequest, reason);
                return false;
            }

            request.Content = new StringContent(translated!, new MediaTypeHeaderValue("application/json"));
        }
        else if (context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true)
        {
            request.Content = new RelayedBody(context.Request.Body, context.Request.ContentLength);
        }

        foreach (var (name, values) in context.Request.Headers)
        {
            var isBodyHeader = name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase);
            if (HopByHop.Contains(name) || (route.IsShortRegistration && isBodyHeader) || name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            if (!request.Headers.TryAddWithoutValidation(name, values.ToArray()))
            {
                request.Content?.Headers.TryAddWithoutValidation(name, values.ToArray());
            }
        }

        // A caller with a token of its own, in any of Consul's three places, acts for itself.
        if (context.Request.Query.ContainsKey("token") || context.Request.Headers.Authorization.Count > 0)
        {
            request.Options.Set(ServerPool.OwnToken, true);
        }

        return true;
    }

    private async Task RelayAsync(HttpContext context, HttpRequestMessage request, string rawTarget)
    {
        try
        {
            using var answer = await servers.SendAsync(request, rawTarget, context.RequestAborted);
            context.Response.StatusCode = (int)answer.StatusCode;
            Copy(answer.Headers, context.Response);
            Copy(answer.Content.Headers, context.Response);
            await using var body = await answer.Content.ReadAsStreamAsync(context.RequestAborted);
            await body.CopyToAsync(context.Response.Body, context.RequestAborted);
        }
        catch (HttpRequestException e) when (!context.Response.HasStarted)
        {
            log.LogDebug("Request to {Target} failed: {Reason}", rawTarget, e.Message);
            await WriteAsync(context, StatusCodes.Status503ServiceUnavailable, $"No server can be reached: {e.Message}");
        }
        catch (Exception e) when (e is OperationCanceledException or HttpRequestException or IOException)
        {
            // The caller left, or the server broke off in the middle: the half answer must not look whole.
            context.Abort();
        }
    }

    private Task AnswerHealthAsync(HttpContext context)
    {
        var connected = isConnected();
        context.Response.StatusCode = connected ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        return context.Response.WriteAsJsonAsync(new Dictionary<string, object>
        {
            ["status"] = connected ? "passing" : "critical",
            ["server"] = servers.Preferred,
            ["connected"] = connected,
        });
    }

    private static void Copy(HttpHeaders from, HttpResponse to)
    {
        foreach (var (name, values) in from.NonValidated)
        {
            if (!HopByHop.Contains(name))
            {
                to.Headers[name] = values.ToArray();
            }
        }
    }

    private static Task WriteAsync(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(text);
    }
}
