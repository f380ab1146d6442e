using System.Net;
using Grpc.Core;
using Grpc.Net.Client;
using Konsul.Mesh.Model.Snapshots;
using Konsul.Mesh.TestKit;
using Konsul.Mesh.Wire.Streaming;
using Konsul.Mesh.Wire.V1;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Konsul.Mesh.Discovery.Tests;

/// <summary>The discovery service on a real HTTP/2 port.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private TestServer(WebApplication app, DiscoveryService service) => (_app, Service) = (app, service);

    public DiscoveryService Service { get; }

    /// <summary>host:port</summary>
    public string Address => new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Authority;

    public static async Task<TestServer> StartAsync(TestMesh mesh, DiscoveryOptions? options = null, int port = 0, TimeProvider? time = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(k => k.Listen(IPAddress.Loopback, port, l => l.Protocols = HttpProtocols.Http2));
        builder.Services.AddRoutingCore();
        builder.Services.AddGrpc();
        builder.Services.Configure<Microsoft.Extensions.Hosting.HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(1));
        var app = builder.Build();
        var service = new DiscoveryService(mesh.Store, options ?? TestMesh.Options, time ?? TimeProvider.System, NullLoggerFactory.Instance);
        app.UseRouting();
        app.MapGrpcService(Wire.V1.Discovery.BindService(service));
        await app.StartAsync();
        return new TestServer(app, service);
    }

    public async ValueTask DisposeAsync()
    {
        await Service.DisposeAsync();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}

/// <summary>A proxy's discovery client that keeps every snapshot it was given.</summary>
internal sealed class TestProxy : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<string, GrpcChannel> _channels = [];
    private readonly Task _running;

    public TestProxy(string id, params string[] servers)
        : this(id, null, servers)
    {
    }

    public TestProxy(string id, Func<ProxySnapshot, string?>? apply, params string[] servers)
    {
        Client = new DiscoveryClient(new DiscoveryClientOptions
        {
            Node = new ProxyNode { ProxyId = id, Version = "test" },
            Servers = servers,
            Dial = server => Channel(server).CreateCallInvoker(),
            Apply = snapshot =>
            {
                var refusal = apply?.Invoke(snapshot);
                if (refusal is null)
                {
                    lock (Snapshots)
                    {
                        Snapshots.Add(snapshot);
                    }
                }

                return ValueTask.FromResult(refusal);
            },
        });
        _running = Client.RunAsync(_stop.Token);
    }

    public DiscoveryClient Client { get; }

    public List<ProxySnapshot> Snapshots { get; } = [];

    public ProxySnapshot Snapshot => Client.Snapshot;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        foreach (var channel in _channels.Values)
        {
            channel.Dispose();
        }

        _stop.Dispose();
    }

    private GrpcChannel Channel(string server) =>
        _channels.TryGetValue(server, out var channel) ? channel : _channels[server] = GrpcChannel.ForAddress($"http://{server}");
}
