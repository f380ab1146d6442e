using System.Net;
using Konsul.Mesh.Proxy.Core.Tcp;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;

namespace Konsul.Mesh.Proxy.Core.Http;

/// <summary>
/// Protocol upgrades over HTTP/1.1. The forwarder carries WebSocket and SPDY itself; for every other token it drops the Upgrade header, so those
/// are carried here: the head goes through as it is, and after a 101 both directions are copied until they end.
/// </summary>
internal static class Upgrade
{
    public static bool IsAskedFor(HttpContext http) =>
        http.Request.Headers.Upgrade.Count > 0 && http.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true };

    public static bool IsKnownToForwarder(HttpContext http)
    {
        var token = http.Request.Headers.Upgrade.ToString();
        return token.Equals("websocket", StringComparison.OrdinalIgnoreCase) || token.StartsWith("SPDY/", StringComparison.OrdinalIgnoreCase);
    }

    public static async ValueTask<ForwarderError> ForwardAsync(RequestContext context, string prefix, HttpMessageInvoker invoker)
    {
        var http = context.Http;
        var token = http.Request.Headers.Upgrade.ToString();
        using var request = new HttpRequestMessage(HttpMethod.Parse(http.Request.Method), (Uri?)null)
        {
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        try
        {
            await context.TransformRequestAsync(http, request, prefix, http.RequestAborted).ConfigureAwait(false);
            request.Headers.TryAddWithoutValidation("Connection", "Upgrade");
            request.Headers.TryAddWithoutValidation("Upgrade", token);
            using var response = await invoker.SendAsync(request, http.RequestAborted).ConfigureAwait(false);
            http.Response.StatusCode = (int)response.StatusCode;
            await context.TransformResponseAsync(http, response, http.RequestAborted).ConfigureAwait(false);
            await using var upstream = await response.Content.ReadAsStreamAsync(http.RequestAborted).ConfigureAwait(false);
            if (response.StatusCode != HttpStatusCode.SwitchingProtocols)
            {
                await upstream.CopyToAsync(http.Response.Body, http.RequestAborted).ConfigureAwait(false);
                return ForwarderError.None;
            }

            http.Response.Headers.Upgrade = token;
            await using var client = await http.Features.Get<IHttpUpgradeFeature>()!.UpgradeAsync().ConfigureAwait(false);
            await TcpRelay.BetweenAsync(client, upstream, null, http.RequestAborted).ConfigureAwait(false);
            return ForwarderError.None;
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            http.Features.Set<IForwarderErrorFeature>(new Failure(e));
            return e is OperationCanceledException ? ForwarderError.RequestCanceled : ForwarderError.Request;
        }
    }

    private sealed record Failure(Exception Exception) : IForwarderErrorFeature
    {
        public ForwarderError Error => ForwarderError.Request;
    }
}
