using Konsul.Mesh.Telemetry.Logging;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Konsul.Mesh.Hosting.Lifecycle;

/// <summary>Kestrel with nothing around it: no configuration files, no environment, no signal handling of its own, our logging.</summary>
public static class BareHost
{
    /// <summary>Set the listeners with <c>builder.WebHost.ConfigureKestrel</c>.</summary>
    public static WebApplicationBuilder CreateBuilder(LoggingSetup logging)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        logging.AddTo(builder.Logging);
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);

        // The usual lifetime would stop the server at SIGTERM, before anything could drain.
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        return builder;
    }

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
