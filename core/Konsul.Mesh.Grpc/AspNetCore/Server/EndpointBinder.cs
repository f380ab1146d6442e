using Grpc.Core;
using Grpc.Protocol;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;

namespace Grpc.AspNetCore.Server;

/// <summary>Maps one endpoint per method, and once per host one for methods that nobody knows.</summary>
internal sealed class EndpointBinder(IEndpointRouteBuilder endpoints, GrpcServices services) : ServiceBinderBase
{
    private readonly List<IEndpointConventionBuilder> _mapped = [];

    public IReadOnlyList<IEndpointConventionBuilder> Mapped => _mapped;

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method,
        UnaryServerMethod<TRequest, TResponse>? handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Map(method, async call =>
        {
            var request = await call.ReadSingleAsync(method.RequestMarshaller);
            await call.RespondAsync(await handler(request, call), method.ResponseMarshaller);
        });
    }

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method,
        ClientStreamingServerMethod<TRequest, TResponse>? handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Map(method, async call =>
        {
            var requests = new ServerStreamReader<TRequest>(call, method.RequestMarshaller);
            await call.RespondAsync(await handler(requests, call), method.ResponseMarshaller);
        });
    }

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method,
        ServerStreamingServerMethod<TRequest, TResponse>? handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Map(method, async call =>
        {
            var request = await call.ReadSingleAsync(method.RequestMarshaller);
            await handler(request, new ServerStreamWriter<TResponse>(call, method.ResponseMarshaller), call);
        });
    }

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method,
        DuplexStreamingServerMethod<TRequest, TResponse>? handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Map(method, call =>
            handler(
                new ServerStreamReader<TRequest>(call, method.RequestMarshaller),
                new ServerStreamWriter<TResponse>(call, method.ResponseMarshaller),
                call));
    }

    private void Map(IMethod method, Func<ServerCall, Task> run)
    {
        if (services.TakeFallback())
            MapUnknown();

        var streaming = method.Type is MethodType.ClientStreaming or MethodType.DuplexStreaming;
        Task Invoke(HttpContext http) => ServerCallRunner.RunAsync(http, services, method.FullName, streaming, run);
        _mapped.Add(endpoints.MapPost(method.FullName, Invoke).WithDisplayName($"gRPC - {method.FullName}"));
    }

    /// <summary>Takes only requests with the content type of gRPC, after every other endpoint.</summary>
    private void MapUnknown()
    {
        var pattern = RoutePatternFactory.Parse("{grpcService}/{grpcMethod}", null, new { grpcMethod = new GrpcRequestConstraint() });
        Task Invoke(HttpContext http) => ServerCallRunner.RunAsync(http, services, http.Request.Path, false, static _ =>
            throw new RpcException(new Status(StatusCode.Unimplemented, "Method is unimplemented.")));
        endpoints.Map(pattern, Invoke).WithOrder(int.MaxValue).WithDisplayName("gRPC - unknown method");
    }

    private sealed class GrpcRequestConstraint : IRouteConstraint
    {
        public bool Match(
            HttpContext? httpContext,
            IRouter? route,
            string routeKey,
            RouteValueDictionary values,
            RouteDirection routeDirection) =>
            GrpcProtocol.IsGrpcContentType(httpContext?.Request.ContentType);
    }
}
