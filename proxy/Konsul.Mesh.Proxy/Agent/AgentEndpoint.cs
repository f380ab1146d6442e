using System.Globalization;
using System.Net.Sockets;
using Konsul.Mesh.Hosting.Lifecycle;
using Konsul.Mesh.Hosting.Options;
using Konsul.Mesh.Telemetry.Logging;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Proxy.Agent;

/// <summary>The local agent API: loopback, HTTP/1.1, for the workload beside this proxy.</summary>
internal sealed class AgentEndpoint(HostPort address, AgentRelay relay, LoggingSetup logging) : IAsyncDisposable
{
    private WebApplication? _app;

    /// <summary>The bound port, after <see cref="StartAsync"/>.</summary>
    public int Port { get; private set; }

    /// <exception cref="StartupException">Cannot listen (69).</exception>
    public async Task StartAsync()
    {
        var builder = BareHost.CreateBuilder(logging);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxConcurrentConnections = 1024;
            kestrel.Limits.MaxRequestBodySize = Math.Max(ShortRegistration.MaxLength, 1 << 20);
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
            kestrel.Listen(address.ToEndPoint(), listen => listen.Protocols = HttpProtocols.Http1);
        });
        _app = builder.Build();
        _app.Run(relay.HandleAsync);
        try
        {
            await _app.StartAsync();
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            throw new StartupException(ExitCode.Unavailable, $"cannot listen on --agent-addr {address}: {e.Message}", e);
        }

        var bound = ((IApplicationBuilder)_app).ServerFeatures.Get<IServerAddressesFeature>()!.Addresses.First();
        Port = int.Parse(bound.AsSpan(bound.LastIndexOf(':') + 1), NumberStyles.None, CultureInfo.InvariantCulture);
        logging.Factory.CreateLogger<AgentEndpoint>().LogInformation("Agent API listens on {Address}.", bound);
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is { } app)
        {
            _app = null;
            await app.DisposeAsync();
        }
    }
}
