using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Grpc.AspNetCore.Server;

/// <summary>A service instance for one call: the container's own, or one made for the call and disposed after it.</summary>
internal readonly struct ServiceLease<TService> : IAsyncDisposable
    where TService : class
{
    private static readonly Lazy<ObjectFactory<TService>> Factory = new(() => ActivatorUtilities.CreateFactory<TService>(Type.EmptyTypes));

    private readonly bool _owned;

    private ServiceLease(TService service, bool owned)
    {
        Service = service;
        _owned = owned;
    }

    public TService Service { get; }

    public static ServiceLease<TService> Take(ServerCallContext context)
    {
        var services = context.GetHttpContext().RequestServices;
        return services.GetService<TService>() is { } registered
            ? new ServiceLease<TService>(registered, false)
            : new ServiceLease<TService>(Factory.Value(services, null), true);
    }

    public ValueTask DisposeAsync()
    {
        if (_owned && Service is IAsyncDisposable asyncDisposable)
            return asyncDisposable.DisposeAsync();
        if (_owned && Service is IDisposable disposable)
            disposable.Dispose();
        return ValueTask.CompletedTask;
    }
}
