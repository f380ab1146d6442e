using Grpc.Core;

namespace Grpc.AspNetCore.Server;

/// <summary>Binds the methods of a service type to an instance that is taken anew for each call.</summary>
internal sealed class ServiceTypeBinder<TService>(EndpointBinder endpoints) : ServiceBinderBase
    where TService : class
{
    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method,
        UnaryServerMethod<TRequest, TResponse>? handler)
    {
        var call = Open<Func<TService, TRequest, ServerCallContext, Task<TResponse>>>(method.Name);
        endpoints.AddMethod(method, async (request, context) =>
        {
            await using var lease = ServiceLease<TService>.Take(context);
            return await call(lease.Service, request, context);
        });
    }

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method,
        ClientStreamingServerMethod<TRequest, TResponse>? handler)
    {
        var call = Open<Func<TService, IAsyncStreamReader<TRequest>, ServerCallContext, Task<TResponse>>>(method.Name);
        endpoints.AddMethod(method, async (requests, context) =>
        {
            await using var lease = ServiceLease<TService>.Take(context);
            return await call(lease.Service, requests, context);
        });
    }

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method,
        ServerStreamingServerMethod<TRequest, TResponse>? handler)
    {
        var call = Open<Func<TService, TRequest, IServerStreamWriter<TResponse>, ServerCallContext, Task>>(method.Name);
        endpoints.AddMethod(method, async (request, responses, context) =>
        {
            await using var lease = ServiceLease<TService>.Take(context);
            await call(lease.Service, request, responses, context);
        });
    }

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method,
        DuplexStreamingServerMethod<TRequest, TResponse>? handler)
    {
        var call = Open<Func<TService, IAsyncStreamReader<TRequest>, IServerStreamWriter<TResponse>, ServerCallContext, Task>>(method.Name);
        endpoints.AddMethod(method, async (requests, responses, context) =>
        {
            await using var lease = ServiceLease<TService>.Take(context);
            await call(lease.Service, requests, responses, context);
        });
    }

    /// <summary>The method as a delegate whose first argument is the instance; overrides are honoured.</summary>
    private static TDelegate Open<TDelegate>(string name)
        where TDelegate : Delegate
    {
        var parameters = typeof(TDelegate).GetGenericArguments()[1..^1];
        var method = typeof(TService).GetMethod(name, parameters)
            ?? throw new InvalidOperationException($"{typeof(TService)} has no method {name} that fits its gRPC definition.");
        return method.CreateDelegate<TDelegate>();
    }
}
