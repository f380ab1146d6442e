using Grpc.Core;
using Grpc.Protocol;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Grpc.AspNetCore.Server;

/// <summary>
/// The life of a call on the server: (1) is it gRPC at all, else plain HTTP answers; (2) encoding and deadline; (3) the handler;
/// (4) its end, whatever it is, becomes a status in the trailers.
/// </summary>
internal static class ServerCallRunner
{
    public static async Task RunAsync(
        HttpContext http,
        GrpcServices services,
        string method,
        bool streamsRequests,
        Func<ServerCall, Task> run)
    {
        // :: Step 1
        if (!IsGrpc(http))
            return;

        LiftLimits(http, streamsRequests);
        using var call = new ServerCall(http, services, method);
        try
        {
            // :: Step 2
            call.Begin();

            // :: Step 3
            await run(call);

            // :: Step 4
            call.End();
        }
        catch (Exception e)
        {
            call.Fail(e);
        }

        await call.FinishAsync();
    }

    private static bool IsGrpc(HttpContext http)
    {
        if (!GrpcProtocol.IsGrpcContentType(http.Request.ContentType))
        {
            http.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
            return false;
        }

        if (!HttpProtocol.IsHttp2(http.Request.Protocol) && !HttpProtocol.IsHttp3(http.Request.Protocol))
        {
            http.Response.StatusCode = StatusCodes.Status426UpgradeRequired;
            return false;
        }

        if (!HttpMethods.IsPost(http.Request.Method))
        {
            http.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            http.Response.Headers.Allow = HttpMethods.Post;
            return false;
        }

        return true;
    }

    /// <summary>Kestrel bounds whole bodies; here each message is bounded instead, and a stream may be long and silent.</summary>
    private static void LiftLimits(HttpContext http, bool streamsRequests)
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = null;
        if (streamsRequests && http.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
            rate.MinDataRate = null;
    }
}
