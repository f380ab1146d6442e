using System.Net;
using System.Net.Sockets;
using Konsul.Mesh.Hosting.Admin;
using Konsul.Mesh.Hosting.Lifecycle;
using Konsul.Mesh.Hosting.Options;
using Konsul.Mesh.Identity;
using Konsul.Mesh.Model;
using Konsul.Mesh.Model.Snapshots;
using Konsul.Mesh.Proxy.Admin;
using Konsul.Mesh.Proxy.Agent;
using Konsul.Mesh.Proxy.Control;
using Konsul.Mesh.Proxy.Core;
using Konsul.Mesh.Proxy.Options;
using Konsul.Mesh.Proxy.Registration;
using Konsul.Mesh.Wire.Caching;
using Konsul.Mesh.Wire.Mapping;
using Konsul.Mesh.Wire.Streaming;
using Konsul.Mesh.Wire.V1;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Proxy;

/// <summary>
/// One sidecar, put together: admin and agent endpoints first, then whatever the cache has, then a server, registration, identity, the
/// discovery stream. Nothing of this ends the process but a signal; until a step is done, the sidecar is alive and not ready.
/// </summary>
internal sealed class Sidecar : IAsyncDisposable
{
    /// <summary>Between deregistration and the end of accepting: peers hear of it within milliseconds, this is for the slow ones.</summary>
    private static readonly TimeSpan LameDuck = TimeSpan.FromMilliseconds(500);

    private readonly ProgramContext _context;
    private readonly SidecarOptions _options;
    private readonly ILogger _log;
    private readonly ServerTrust _trust;
    private readonly ServerPool _servers;
    private readonly ServerApi _api;
    private readonly AdminEndpoint _admin;
    private readonly AgentEndpoint _agent;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _registered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SidecarState _state;

    public Sidecar(ProgramContext context, SidecarOptions options)
    {
        (_context, _options) = (context, options);
        _log = context.Logging.Factory.CreateLogger<Sidecar>();
        _trust = new ServerTrust(options.ServerRoots, options.CacheDirectory, context.Time, _log);
        _servers = new ServerPool(options.Servers, _trust, options.Token, _log);
        _api = new ServerApi(_servers, context.Time);
        _state = new SidecarState(context);
        _admin = new AdminEndpoint(AdminOptions.From(context, options.AdminAddress, options.DrainTimeout));
        _agent = new AgentEndpoint(options.AgentAddress, new AgentRelay(_servers, () => _state.Discovery.Connected, _log), context.Logging);
    }

    /// <summary>Until a signal or POST /drain ended it. The exit code.</summary>
    public async Task<int> RunAsync()
    {
        using var working = _context.Drain.Watch();
        using var signals = _context.WatchSignals(_options.DrainTimeout);
        await _admin.StartAsync(_stop.Token);
        await _agent.StartAsync();
        _context.Ports.Add("admin", _admin.Port);
        _context.Ports.Add("agent", _agent.Port);

        var byHost = new OutboundByHost(_options.OutboundAddress, _options.OutboundRequired, _log);
        var draining = _context.WhenDrainingAsync();
        var node = new ProxyNode { Node = _options.Node, Version = typeof(Sidecar).Assembly.GetName().Version?.ToString(3) ?? "" };
        var identity = CreateIdentity(node);
        await using var engine = new ProxyEngine(
            new ProxyEngineOptions(), identity, _context.Logging.Factory, _context.Mesh, _context.Time);
        await engine.StartAsync(_stop.Token);
        var inbound = ReserveInbound(engine);
        _context.Ports.Write();
        AdminPages.Map(_admin, engine, () => _state.Discovery, identity, _context.Time);
        _state.Watch(identity);

        var joining = JoinAsync(node, identity, engine, byHost, inbound);
        if (await Task.WhenAny(joining, draining) == joining)
        {
            await joining;
        }

        await LeaveAsync(engine);
        await joining.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return ExitCode.Ok;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _agent.DisposeAsync();
        await _admin.DisposeAsync();
        _state.Dispose();
        _servers.Dispose();
        _stop.Dispose();
    }

    /// <summary>From nothing to ready, and then on until stopped.</summary>
    private async Task JoinAsync(ProxyNode node, IdentityClient identity, ProxyEngine engine, OutboundByHost byHost, IPEndPoint? inbound)
    {
        var registration = await PrepareRegistrationAsync(node, inbound);
        var renewing = RenewAsync(identity);
        var discovery = CreateDiscovery(node, identity, engine, byHost);
        _state.Watch(discovery);
        if (await discovery.RestoreAsync())
        {
            _log.LogInformation("Serving the configuration of {Directory} until a server answers.", _options.CacheDirectory);
        }

        await MeetServerAsync();
        List<Task> loops = [renewing, FollowAsync(identity, discovery)];
        if (registration is null)
        {
            _registered.TrySetResult();
        }
        else
        {
            loops.Add(RegisterAsync(registration));
        }

        // None of them ends before the stop but by a fault, which must not go unseen.
        var first = await Task.WhenAny(loops);
        if (!_stop.IsCancellationRequested)
        {
            await first;
        }

        await Task.WhenAll(loops);
    }

    private async Task RenewAsync(IdentityClient identity)
    {
        // With a cache there may be a certificate already; without one, every attempt before the registration would only fail.
        if (_options.CacheDirectory is null)
        {
            await _registered.Task.WaitAsync(_stop.Token);
        }

        await identity.RunAsync(_stop.Token);
    }

    private async Task FollowAsync(IdentityClient identity, DiscoveryClient discovery)
    {
        await identity.WaitAsync(_stop.Token);
        _servers.UseIdentity(identity);
        await discovery.RunAsync(_stop.Token);
    }

    private async Task<SelfRegistration?> PrepareRegistrationAsync(ProxyNode node, IPEndPoint? inbound)
    {
        if (_options.Service is not { } service)
        {
            node.ProxyId = RegistrationBody.SidecarId(_options.SidecarFor!);
            return null;
        }

        var address = service.Address ?? await FindAddressAsync(inbound);
        var id = service.Id ?? RegistrationBody.DefaultId(service, address);
        node.ProxyId = RegistrationBody.SidecarId(id);
        return _state.Registration = new SelfRegistration(
            service, id, address, inbound?.Port ?? 0, _api, _context.Time, _log)
        {
            Serving = _state.Serving,
            NodeFound = name => node.Node = name,
            ServerBack = () => _state.Client?.RetryNow(),
        };
    }

    private async Task<string> FindAddressAsync(IPEndPoint? inbound)
    {
        if (inbound is not null && !inbound.Address.Equals(IPAddress.Any) && !inbound.Address.Equals(IPAddress.IPv6Any))
        {
            return inbound.Address.ToString();
        }

        for (var failures = 1; ; failures++)
        {
            if (await LocalAddress.TowardsAsync(_options.Servers, _stop.Token) is { } address)
            {
                return address.ToString();
            }

            _log.LogWarning("No server's address is known or has a route to it.");
            await Task.Delay(BackoffPolicy.Delay(failures, SystemRandom.Instance), _context.Time, _stop.Token);
        }
    }

    private async Task MeetServerAsync()
    {
        for (var failures = 1; await _servers.EnsureTrustAsync(_stop.Token) is { } reason; failures++)
        {
            _log.Log(BackoffPolicy.LevelOf(failures), "No server yet: {Reason}", reason);
            await Task.Delay(BackoffPolicy.Delay(failures, SystemRandom.Instance), _context.Time, _stop.Token);
        }
    }

    private async Task RegisterAsync(SelfRegistration registration)
    {
        var running = registration.RunAsync(_stop.Token);
        await Task.WhenAny(registration.Registered, running);
        _registered.TrySetResult();
        await running;
    }

    private IdentityClient CreateIdentity(ProxyNode node) => new(
        new GatedSigner(_servers, _registered.Task, node),
        new IdentityOptions { CacheDirectory = _options.CacheDirectory, CacheOwner = _options.SidecarFor ?? _options.Service!.Id ?? _options.Service.Name },
        _context.Time,
        SystemRandom.Instance,
        _context.Logging.Factory.CreateLogger<IdentityClient>());

    private DiscoveryClient CreateDiscovery(ProxyNode node, IdentityClient identity, ProxyEngine engine, OutboundByHost byHost) => new(
        new DiscoveryClientOptions
        {
            Node = node,
            Servers = _servers.Addresses,
            Dial = _servers.Dial,
            Headers = () => _servers.Headers,
            Cache = _options.CacheDirectory is { } directory
                ? new SnapshotCache(directory, new ProxyNode { ProxyId = node.ProxyId, Node = _options.Node })
                : null,
            Refused = type => _context.Mesh.Snapshot.RejectedOf(ResourceKinds.Label(type)).Increment(),
            Apply = async snapshot =>
            {
                var refusal = await engine.ApplyAsync(byHost.AddTo(snapshot), _stop.Token);
                if (refusal is not null && byHost.GiveUp(engine.Current))
                {
                    refusal = await engine.ApplyAsync(snapshot, _stop.Token);
                }

                if (refusal is not null)
                {
                    AvoidTakenPort(snapshot.Inbound, engine);
                }
                else
                {
                    identity.UpdateBundle(snapshot.TrustBundle);
                    _trust.Pin(snapshot.TrustBundle);
                    _state.Applied(snapshot, engine);
                }

                return refusal;
            },
            Time = _context.Time,
        },
        _context.Logging.Factory.CreateLogger<DiscoveryClient>());

    /// <summary>
    /// The server allots ports that are free in its catalog; another program of this machine may have one of them. Then any free one is taken
    /// and registered, and the listener comes again with it.
    /// </summary>
    private void AvoidTakenPort(InboundListener? inbound, ProxyEngine engine)
    {
        if (inbound is null || _options.InboundAddress is not null || engine.Current.Inbound is not null || _state.Registration is not { } registration)
        {
            return;
        }

        var wish = new HostPort(inbound.Address, inbound.Port);
        if (!wish.IsListenable || OutboundByHost.Unbindable(wish) is not { } reason)
        {
            return;
        }

        try
        {
            var port = engine.ReserveInbound((wish with { Port = 0 }).ToEndPoint()).Port;
            _log.LogWarning("The allotted port {Allotted} cannot be bound ({Reason}); {Port} is registered instead.", inbound.Port, reason, port);
            registration.MoveTo(port);
        }
        catch (SocketException e)
        {
            _log.LogError("No inbound port can be bound on {Address}: {Reason}", inbound.Address, e.Message);
        }
    }

    private IPEndPoint? ReserveInbound(ProxyEngine engine)
    {
        try
        {
            return _options.InboundAddress is { } wish ? engine.ReserveInbound(wish.ToEndPoint()) : null;
        }
        catch (SocketException e)
        {
            throw new StartupException(ExitCode.Unavailable, $"cannot listen on --inbound-addr {_options.InboundAddress}: {e.Message}", e);
        }
    }

    private async Task LeaveAsync(ProxyEngine engine)
    {
        var started = _context.Time.GetTimestamp();
        await _stop.CancelAsync();
        if (_state.Registration is { } registration)
        {
            await registration.DeregisterAsync();
            var pause = _options.DrainTimeout / 4 < LameDuck ? _options.DrainTimeout / 4 : LameDuck;
            await Task.Delay(pause, _context.Time, _context.Drain.Forced).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        var left = _options.DrainTimeout - _context.Time.GetElapsedTime(started);
        await engine.DrainAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, _context.Drain.Forced).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _log.LogInformation("Drained.");
    }
}
