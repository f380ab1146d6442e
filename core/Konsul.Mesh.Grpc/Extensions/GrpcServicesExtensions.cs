using Grpc.AspNetCore.Server;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Microsoft.Extensions.DependencyInjection;

public static class GrpcServicesExtensions
{
    public static IServiceCollection AddGrpc(this IServiceCollection services) => services.AddGrpc(_ => { });

    public static IServiceCollection AddGrpc(this IServiceCollection services, Action<GrpcServiceOptions> configureOptions)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddRouting();
        services.AddLogging();
        services.Configure(configureOptions);
        services.TryAddSingleton<GrpcServices>();
        return services;
    }
}
