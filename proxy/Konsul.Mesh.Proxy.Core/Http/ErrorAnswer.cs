using System.Globalization;
using System.Text;
using Konsul.Mesh.Telemetry.Families;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Konsul.Mesh.Proxy.Core.Http;

/// <summary>What a client gets when the proxy answers itself: one line that names the reason and the upstream, and the flag in a header.
/// gRPC clients get a status without a body, as they expect it.</summary>
internal static class ErrorAnswer
{
    public const string FlagsHeader = "x-konsul-response-flags";
    private const int GrpcPermissionDenied = 7;
    private const int GrpcUnimplemented = 12;
    private const int GrpcUnavailable = 14;
    private const int GrpcUnknown = 2;

    public static bool IsGrpc(HttpRequest request) =>
        request.ContentType is { } type && type.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase)
        && (type.Length == 16 || type[16] is '+' or ';');

    public static Task WriteAsync(RequestContext context, int status, ResponseFlag flag, string reason)
    {
        var response = context.Http.Response;
        context.Flag = context.Flag == ResponseFlag.None ? flag : context.Flag;
        if (response.HasStarted)
        {
            return Task.CompletedTask;
        }

        response.Headers[FlagsHeader] = context.Flag.ToString();
        if (IsGrpc(context.Http.Request))
        {
            response.StatusCode = StatusCodes.Status200OK;
            response.ContentType = "application/grpc";
            response.Headers["grpc-status"] = GrpcCode(status).ToString(CultureInfo.InvariantCulture);
            response.Headers["grpc-message"] = $"{reason} ({context.Flag})";
            return Task.CompletedTask;
        }

        var body = Encoding.UTF8.GetBytes($"{reason} ({context.Flag})\n");
        response.StatusCode = status;
        response.ContentType = "text/plain; charset=utf-8";
        response.ContentLength = body.Length;
        return HttpMethods.IsHead(context.Http.Request.Method) ? Task.CompletedTask : response.Body.WriteAsync(body, 0, body.Length);
    }

    /// <summary>The gRPC status of a finished answer: a trailer, or a header where there was no body.</summary>
    public static int GrpcStatus(HttpContext http)
    {
        var trailers = http.Features.Get<IHttpResponseTrailersFeature>()?.Trailers;
        var text = trailers is not null && trailers.TryGetValue("grpc-status", out var trailer)
            ? trailer.ToString()
            : http.Response.Headers["grpc-status"].ToString();
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var code) ? code : GrpcUnknown;
    }

    private static int GrpcCode(int status) => status switch
    {
        StatusCodes.Status403Forbidden => GrpcPermissionDenied,
        StatusCodes.Status404NotFound => GrpcUnimplemented,
        _ => GrpcUnavailable,
    };
}
