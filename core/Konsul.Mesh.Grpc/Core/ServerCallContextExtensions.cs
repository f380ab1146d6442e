using Grpc.AspNetCore.Server;
using Microsoft.AspNetCore.Http;

namespace Grpc.Core;

public static class ServerCallContextExtensions
{
    /// <summary>
    /// The HTTP request below the call, e.g. for the connection's client certificate. A test's own context provides one in its user state
    /// as "__HttpContext".
    /// </summary>
    /// <exception cref="InvalidOperationException">The call did not come over HTTP.</exception>
    public static HttpContext GetHttpContext(this ServerCallContext serverCallContext) => serverCallContext switch
    {
        ServerCall call => call.HttpContext,
        _ when serverCallContext.UserState.TryGetValue("__HttpContext", out var value) && value is HttpContext http => http,
        _ => throw new InvalidOperationException("Could not get HttpContext from ServerCallContext."),
    };
}
