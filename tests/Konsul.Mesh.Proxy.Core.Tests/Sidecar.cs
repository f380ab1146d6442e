using System.Collections.Immutable;
using System.Net;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Model.Identity;
using Konsul.Mesh.Model.Intentions;
using Konsul.Mesh.Model.Snapshots;
using Konsul.Mesh.Telemetry.Families;
using Konsul.Mesh.Telemetry.Metrics;
using Konsul.Mesh.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace Konsul.Mesh.Proxy.Core.Tests;

/// <summary>An engine with an identity and a snapshot that grows by small steps, as a control plane would make it.</summary>
internal sealed class Sidecar : IAsyncDisposable
{
    private readonly CertFactory _certs;
    private readonly MetricRegistry _registry = new(TimeProvider.System);
    private ProxySnapshot _snapshot;

    private Sidecar(CertFactory certs, string service, ProxyEngineOptions? options)
    {
        _certs = certs;
        Service = service;
        Identity = new StaticIdentitySource(certs.Identity(service));
        Metrics = new MeshMetrics(_registry);
        Engine = new ProxyEngine(options ?? new ProxyEngineOptions(), Identity, NullLoggerFactory.Instance, Metrics);
        _snapshot = new ProxySnapshot { Version = 0, Service = service };
    }

    public string Service { get; }

    public ProxyEngine Engine { get; }

    public StaticIdentitySource Identity { get; }

    public MeshMetrics Metrics { get; }

    public MetricRegistry Registry => _registry;

    public int InboundPort => Port("inbound");

    public static async Task<Sidecar> StartAsync(CertFactory certs, string service, ProxyEngineOptions? options = null)
    {
        var sidecar = new Sidecar(certs, service, options);
        await sidecar.Engine.StartAsync();
        return sidecar;
    }

    /// <summary>A sidecar in front of an app that everybody may call.</summary>
    public static async Task<Sidecar> ForAppAsync(
        CertFactory certs, string service, int appPort, ServiceProtocol protocol = ServiceProtocol.Auto, ProxyEngineOptions? options = null)
    {
        var sidecar = await StartAsync(certs, service, options);
        await sidecar.MustApplyAsync(s => s with
        {
            Inbound = new InboundListener { Address = "127.0.0.1", Port = 0, Protocol = protocol, LocalAddress = "127.0.0.1", LocalPort = appPort },
            Intentions = Policy(service, IntentionAction.Allow),
        });
        return sidecar;
    }

    public static IntentionPolicy Policy(string destination, IntentionAction defaultAction, params Intention[] intentions) =>
        IntentionPolicy.Compile(destination, intentions, defaultAction);

    public static Intention Deny(string source, string destination) =>
        new() { Id = "deny-1", SourceName = source, DestinationName = destination, Action = IntentionAction.Deny };

    public async Task<string?> ApplyAsync(Func<ProxySnapshot, ProxySnapshot> change)
    {
        var next = change(_snapshot) with { Version = _snapshot.Version + 1 };
        var refusal = await Engine.ApplyAsync(next);
        if (refusal is null)
        {
            _snapshot = next;
        }

        return refusal;
    }

    public async Task MustApplyAsync(Func<ProxySnapshot, ProxySnapshot> change) => Assert.Null(await ApplyAsync(change));

    /// <summary>A local port that leads to <paramref name="destination"/>; returns it.</summary>
    public async Task<int> AddUpstreamAsync(
        string destination, ServiceProtocol protocol, params (string Id, int Port)[] endpoints) =>
        await AddUpstreamAsync(destination, protocol, _certs.Id(destination), endpoints);

    public async Task<int> AddUpstreamAsync(string destination, ServiceProtocol protocol, SpiffeId identity, params (string Id, int Port)[] endpoints)
    {
        var name = $"{destination}.default.dc1";
        var cluster = new Cluster
        {
            Name = name,
            Service = destination,
            Datacenter = "dc1",
            Sni = ServiceSni.For(destination, "default", "dc1", identity.TrustDomain),
            Identity = identity,
            Protocol = protocol,
            ConnectTimeout = TimeSpan.FromSeconds(2),
        };
        await MustApplyAsync(s => s with
        {
            Clusters = s.Clusters.SetItem(name, cluster),
            Endpoints = s.Endpoints.SetItem(name, Endpoints(endpoints)),
            Outbound = s.Outbound.Add(new OutboundListener
            {
                Name = $"upstream:{destination}",
                Address = "127.0.0.1",
                Port = 0,
                Protocol = protocol,
                Cluster = name,
            }),
        });
        return Port($"upstream:{destination}");
    }

    public Task SetEndpointsAsync(string destination, params (string Id, int Port)[] endpoints) =>
        MustApplyAsync(s => s with { Endpoints = s.Endpoints.SetItem($"{destination}.default.dc1", Endpoints(endpoints)) });

    public int Port(string listener) => Engine.Describe().Listeners.Single(l => l.Name == listener).Port;

    /// <summary>A client of one upstream, as an app has it.</summary>
    public static HttpClient Client(int port, Action<SocketsHttpHandler>? configure = null)
    {
        var handler = new SocketsHttpHandler { UseProxy = false };
        configure?.Invoke(handler);
        return new HttpClient(handler) { BaseAddress = new Uri($"http://127.0.0.1:{port}"), DefaultRequestVersion = HttpVersion.Version11, Timeout = TimeSpan.FromSeconds(30) };
    }

    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync();
        _registry.Dispose();
    }

    private static ImmutableArray<Endpoint> Endpoints((string Id, int Port)[] endpoints) =>
        [.. endpoints.Select(e => new Endpoint(e.Id, "127.0.0.1", e.Port, 1))];
}
