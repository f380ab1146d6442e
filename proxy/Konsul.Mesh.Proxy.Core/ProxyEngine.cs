using System.Net;
using Konsul.Mesh.Model;
using Konsul.Mesh.Model.Identity;
using Konsul.Mesh.Model.Snapshots;
using Konsul.Mesh.Proxy.Core.Authorization;
using Konsul.Mesh.Proxy.Core.Http;
using Konsul.Mesh.Proxy.Core.Identity;
using Konsul.Mesh.Proxy.Core.Inbound;
using Konsul.Mesh.Proxy.Core.Listeners;
using Konsul.Mesh.Proxy.Core.Outbound;
using Konsul.Mesh.Telemetry.Families;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Forwarder;

namespace Konsul.Mesh.Proxy.Core;

/// <summary>
/// The data plane of one sidecar. It is fed snapshots and an identity and knows no control plane: without news it goes on with what it has.
/// Snapshots are applied one at a time; traffic reads the published state without a lock.
/// </summary>
public sealed class ProxyEngine : IAsyncDisposable
{
    private static readonly TimeSpan SweepPeriod = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan DrainPoll = TimeSpan.FromMilliseconds(50);
    private readonly EngineContext _engine;
    private readonly IdentityState _identity;
    private readonly AppPool _app;
    private readonly HttpEngine _http;
    private readonly HttpForwarding _forwarding;
    private readonly InboundHandler _inbound;
    private readonly OutboundHandler _outbound;
    private readonly ClusterCompiler _clusters;
    private readonly ListenerSet _listeners;
    private readonly ServiceProvider _services;
    private readonly SemaphoreSlim _writer = new(1);
    private readonly ITimer _sweep;
    private volatile EngineModel _model = EngineModel.Empty;
    private volatile bool _draining;
    private int _disposed;

    /// <param name="options">Host settings.</param>
    /// <param name="identity">Where certificates come from.</param>
    /// <param name="loggers">Request-level events are Debug; nothing is logged per request at Information.</param>
    /// <param name="metrics">What is counted.</param>
    /// <param name="time">The clock; the system's by default.</param>
    /// <param name="random">Chance for balancing; the process's by default.</param>
    public ProxyEngine(
        ProxyEngineOptions options,
        IIdentitySource identity,
        ILoggerFactory loggers,
        MeshMetrics metrics,
        TimeProvider? time = null,
        IRandom? random = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        var clock = time ?? TimeProvider.System;
        _identity = new IdentityState(identity);
        var gatekeeper = new Gatekeeper(_identity, clock);
        _engine = new EngineContext(
            options, clock, random ?? SystemRandom.Instance, loggers.CreateLogger<ProxyEngine>(), _identity, gatekeeper, metrics);
        _services = ForwarderServices();
        _app = new AppPool(options, clock);
        _http = new HttpEngine(options, loggers);
        _forwarding = new HttpForwarding(_engine, _services.GetRequiredService<IHttpForwarder>(), _app, host => _model.Route(host));
        _inbound = new InboundHandler(_engine, _http, _app);
        _outbound = new OutboundHandler(_engine, _http);
        _clusters = new ClusterCompiler(_engine, new MeshDialer(options.PeerAckTimeout, clock));
        _listeners = new ListenerSet(_engine);
        _sweep = clock.CreateTimer(_ => Sweep(), null, SweepPeriod, SweepPeriod);
        _identity.Changed += RetireStaleLinks;
    }

    /// <summary>The snapshot in force; <see cref="ProxySnapshot.Empty"/> before the first.</summary>
    public ProxySnapshot Current => _model.Snapshot;

    /// <summary>Starts the HTTP engine; ports are bound by snapshots.</summary>
    public Task StartAsync(CancellationToken cancellation = default) => _http.StartAsync(_forwarding, cancellation);

    /// <summary>Binds the inbound port before a snapshot names it, so that it can be registered. Clients wait in the kernel until then.</summary>
    /// <param name="wish">Port 0 asks for a free one.</param>
    /// <exception cref="System.Net.Sockets.SocketException">The address is taken.</exception>
    public IPEndPoint ReserveInbound(IPEndPoint wish) => _listeners.Reserve(wish);

    /// <summary>Puts a snapshot in force, as a whole or not at all.</summary>
    /// <returns>Null when it is in force, else why it was refused.</returns>
    public async ValueTask<string?> ApplyAsync(ProxySnapshot snapshot, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        await _writer.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            return _draining ? "This proxy is draining." : Apply(snapshot);
        }
        finally
        {
            _writer.Release();
        }
    }

    public EngineDescription Describe() => EngineDescriber.Describe(_model, _engine, _draining);

    /// <summary>Takes nothing new, tells peers and clients so, waits for what is in flight and cuts what is left at the limit.</summary>
    public async Task DrainAsync(TimeSpan limit, CancellationToken cancellation = default)
    {
        using var deadline = new CancellationTokenSource(limit, _engine.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        await StopAcceptingAsync().ConfigureAwait(false);
        await _http.StopAsync(either.Token).ConfigureAwait(false);
        try
        {
            while (_outbound.OpenTcp > 0 || _engine.Gatekeeper.OpenConnections > 0)
            {
                await Task.Delay(DrainPoll, _engine.Time, either.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            _outbound.AbortTcp();
            _engine.Gatekeeper.AbortAll();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _sweep.DisposeAsync().ConfigureAwait(false);
        await StopAcceptingAsync().ConfigureAwait(false);
        _outbound.AbortTcp();
        _engine.Gatekeeper.AbortAll();
        await _http.DisposeAsync().ConfigureAwait(false);
        foreach (var cluster in _model.Clusters.Values)
        {
            cluster.Retire();
        }

        _identity.Changed -= RetireStaleLinks;
        _identity.Dispose();
        _inbound.Dispose();
        _app.Dispose();
        await _services.DisposeAsync().ConfigureAwait(false);
        _writer.Dispose();
    }

    /// <summary>YARP's forwarder and nothing else of it; it gets no logger, since it formats a line per request for one.</summary>
    private static ServiceProvider ForwarderServices() => new ServiceCollection().AddLogging().AddHttpForwarder().BuildServiceProvider();

    /// <summary>
    /// 1. Plan (pure) and bind what is new: whatever can fail comes first. 2. Clusters, then rules, then listeners: make before break.
    /// 3. Publish. 4. Close what is gone.
    /// </summary>
    private string? Apply(ProxySnapshot next)
    {
        var old = _model;
        var clusters = _clusters.Next(old, next);
        var (plan, refusal) = ListenerPlan.Of(next, clusters);
        if (plan is null)
        {
            return refusal;
        }

        var (listeners, unbound) = _listeners.Bind(plan, old.Listeners, out var models);
        if (listeners is null)
        {
            return unbound;
        }

        ClusterCompiler.Update(clusters, old, next);
        _identity.UseBundle(next.TrustBundle);
        _engine.Gatekeeper.Publish(next.Intentions);
        foreach (var (listener, model) in models)
        {
            listener.Model = model;
        }

        _model = new EngineModel(next, clusters, listeners);
        foreach (var (listener, model) in models)
        {
            listener.Start(model.Inbound is null ? _outbound : _inbound);
        }

        foreach (var gone in old.Listeners.Values.Except(listeners.Values))
        {
            gone.Stop();
            gone.Model = ListenerModel.Removed;
        }

        _engine.Metrics.Snapshot.Version.Set((long)next.Version);
        return null;
    }

    private async Task StopAcceptingAsync()
    {
        await _writer.WaitAsync().ConfigureAwait(false);
        try
        {
            _draining = true;
            foreach (var listener in _model.Listeners.Values)
            {
                listener.Stop();
            }

            _listeners.Stop();
        }
        finally
        {
            _writer.Release();
        }
    }

    private void Sweep()
    {
        _engine.Gatekeeper.Sweep();
        RetireStaleLinks();
    }

    private void RetireStaleLinks()
    {
        foreach (var cluster in _model.Clusters.Values)
        {
            cluster.RetireStale(_identity.Current);
        }
    }
}
