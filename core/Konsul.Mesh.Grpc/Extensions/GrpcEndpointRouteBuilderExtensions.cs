using System.Reflection;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.AspNetCore.Builder;

public static class GrpcEndpointRouteBuilderExtensions
{
    /// <summary>
    /// Maps the methods of a generated service. The instance for a call comes from the container, or is created for it (and disposed) where
    /// the container has none.
    /// </summary>
    /// <exception cref="InvalidOperationException">AddGrpc was not called, or the type has no generated base.</exception>
    public static GrpcServiceEndpointConventionBuilder MapGrpcService<TService>(this IEndpointRouteBuilder builder)
        where TService : class
    {
        var endpoints = Endpoints(builder);
        var attribute = typeof(TService).GetCustomAttribute<BindServiceMethodAttribute>(inherit: true)
            ?? throw new InvalidOperationException($"{typeof(TService)} does not derive from a generated gRPC service base.");
        var bind = attribute.BindType
            .GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
            .FirstOrDefault(m => m.Name == attribute.BindMethodName && m.GetParameters() is [{ } binder, { } service]
                && binder.ParameterType == typeof(ServiceBinderBase)
                && service.ParameterType.IsAssignableFrom(typeof(TService)))
            ?? throw new InvalidOperationException($"{attribute.BindType} has no {attribute.BindMethodName} for {typeof(TService)}.");
        bind.Invoke(null, BindingFlags.DoNotWrapExceptions, null, [new ServiceTypeBinder<TService>(endpoints), null], null);
        return new GrpcServiceEndpointConventionBuilder(endpoints.Mapped);
    }

    /// <summary>Maps the methods of one service instance, as its generated BindService gives them.</summary>
    /// <exception cref="InvalidOperationException">AddGrpc was not called.</exception>
    public static GrpcServiceEndpointConventionBuilder MapGrpcService(
        this IEndpointRouteBuilder builder,
        ServerServiceDefinition serviceDefinition)
    {
        ArgumentNullException.ThrowIfNull(serviceDefinition);
        var endpoints = Endpoints(builder);
        serviceDefinition.BindService(endpoints);
        return new GrpcServiceEndpointConventionBuilder(endpoints.Mapped);
    }

    private static EndpointBinder Endpoints(IEndpointRouteBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var services = builder.ServiceProvider.GetService<GrpcServices>()
            ?? throw new InvalidOperationException("Unable to find the required services: call IServiceCollection.AddGrpc at start-up.");
        return new EndpointBinder(builder, services);
    }
}
