using System.Net;
using Grpc.Core;

namespace Grpc.Net.Client;

/// <summary>
/// What a failure below gRPC means to the caller (grpc/doc/http-grpc-status-mapping.md and the error table of PROTOCOL-HTTP2.md).
/// </summary>
internal static class CallFailure
{
    public static StatusCode FromHttpStatus(HttpStatusCode status) => status switch
    {
        HttpStatusCode.BadRequest => StatusCode.Internal,
        HttpStatusCode.Unauthorized => StatusCode.Unauthenticated,
        HttpStatusCode.Forbidden => StatusCode.PermissionDenied,
        HttpStatusCode.NotFound => StatusCode.Unimplemented,
        HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout =>
            StatusCode.Unavailable,
        _ => StatusCode.Unknown,
    };

    public static Status FromException(string what, Exception exception)
    {
        if (exception is RpcException rpc)
            return rpc.Status;

        var detail = what;
        HttpProtocolException? protocol = null;
        for (var e = exception; e is not null; e = e.InnerException)
        {
            detail += $" {e.GetType().Name}: {e.Message}";
            protocol ??= e as HttpProtocolException;
        }

        if (protocol is not null)
            return new Status(FromHttp2Error(protocol.ErrorCode), detail, exception);

        var code = exception switch
        {
            OperationCanceledException => StatusCode.Cancelled,
            HttpRequestException or IOException => StatusCode.Unavailable,
            _ => StatusCode.Internal,
        };
        return new Status(code, detail, exception);
    }

    private static StatusCode FromHttp2Error(long code) => code switch
    {
        0x7 => StatusCode.Unavailable, // REFUSED_STREAM: not processed
        0x8 => StatusCode.Cancelled, // CANCEL
        0xb => StatusCode.ResourceExhausted, // ENHANCE_YOUR_CALM
        0xc => StatusCode.PermissionDenied, // INADEQUATE_SECURITY
        _ => StatusCode.Internal,
    };
}
