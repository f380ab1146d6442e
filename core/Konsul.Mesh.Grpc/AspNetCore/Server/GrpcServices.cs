using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Grpc.AspNetCore.Server;

/// <summary>What every call of a host shares; its presence says that AddGrpc was called.</summary>
internal sealed class GrpcServices(IOptions<GrpcServiceOptions> options, ILoggerFactory loggers, IServiceProvider provider)
{
    private int _fallbackMapped;

    public GrpcServiceOptions Options { get; } = options.Value;

    public ILogger Logger { get; } = loggers.CreateLogger("Grpc.AspNetCore.Server");

    public TimeProvider Time { get; } = (TimeProvider?)provider.GetService(typeof(TimeProvider)) ?? TimeProvider.System;

    /// <summary>True once: the endpoint for unknown methods is mapped by the first service.</summary>
    public bool TakeFallback() => Interlocked.Exchange(ref _fallbackMapped, 1) == 0;
}
