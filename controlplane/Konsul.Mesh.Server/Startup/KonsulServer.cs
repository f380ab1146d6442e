using System.Net;
using Konsul.Mesh.Discovery;
using Konsul.Mesh.Dns;
using Konsul.Mesh.Hosting.Lifecycle;
using Konsul.Mesh.Model.Intentions;
using Konsul.Mesh.Raft.Host;
using Konsul.Mesh.Raft.Host.Cluster;
using Konsul.Mesh.Server.Certificates;
using Konsul.Mesh.Server.Cluster;
using Konsul.Mesh.Server.Deadlines;
using Konsul.Mesh.Server.Endpoints;
using Konsul.Mesh.Server.EtcdGateway;
using Konsul.Mesh.Server.HealthChecks;
using Konsul.Mesh.Server.Http;
using Konsul.Mesh.Server.Operators;
using Konsul.Mesh.Server.Queries;
using Konsul.Mesh.State;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Server.Startup;

/// <summary>
/// One server, put together and taken apart again. Order of start: listeners, which answer that nobody leads; the cluster and the log; own
/// node, CA, health checks; ready when all of that is. The end is the reverse: nobody is cut off from what still answers.
/// </summary>
internal sealed class KonsulServer : IAsyncDisposable
{
    private readonly Stack<IAsyncDisposable> _parts = new();
    private readonly StateStore _store = new();
    private readonly ServerSettings _settings;
    private readonly ConnectionDrain _clients;
    private readonly CancellationToken _forced;
    private ServerListeners? _listeners;
    private IReplicatedLog? _log;
    private ServerLog? _serverLog;
    private Membership? _membership;
    private DnsServer? _dns;
    private volatile bool _caughtUp;
    private HealthCheckService? _checks;
    private GracefulLeave? _leave;
    private DeadlineService? _deadlines;

    private KonsulServer(ServerSettings settings, ServerParts parts)
    {
        (_settings, _forced) = (settings, parts.Drain.Forced);
        _clients = Own(new ConnectionDrain(parts.Time));
    }

    public int HttpPort => _listeners!.HttpPort;

    public int GrpcPort => _listeners!.GrpcPort;

    /// <summary>Where DNS listens; null when it is off.</summary>
    public IPEndPoint? Dns => _dns?.EndPoint;

    /// <summary>0 when the log is in etcd.</summary>
    public int RaftPort => _serverLog?.Node?.Port ?? 0;

    /// <summary>The last applied index.</summary>
    public ulong StateIndex => _store.View.Index;

    /// <summary>The state itself, past the log; for tests that harm it.</summary>
    internal StateStore Store => _store;

    /// <summary>The HTTP API below the sockets; for tests that ask it very often.</summary>
    internal ApiMiddleware Api { get; private set; } = null!;

    /// <summary>Queries that wait for a change of the state.</summary>
    public int Waiting => _store.Waiting;

    /// <summary>How often waiting queries were woken so far.</summary>
    public long Wakeups => _store.Wakeups;

    /// <summary>Looks, expiries and deregistrations that have their time.</summary>
    public int ScheduledChecks => _checks?.Scheduled ?? 0;

    /// <summary>Requests of HTTP/1.1 that are being read or worked on.</summary>
    public int ClientsAtWork => _clients.AtWork;

    /// <summary>The servers of the cluster, as this one knows them; none when the log is in etcd.</summary>
    public IReadOnlyList<MemberStatus> Members => _serverLog?.Node?.Consensus.Members ?? [];

    /// <summary>Sessions, keys and lock-delays whose time this server measures, because it leads.</summary>
    public int Deadlines => _deadlines?.Armed ?? 0;

    /// <summary>Faults when the log cannot go on; the process must end then.</summary>
    public Task Failed => _log!.Completion;

    /// <exception cref="StartupException">The data is damaged (65) or in use, or an address is taken (69).</exception>
    /// <param name="settings">What it runs with.</param>
    /// <param name="parts">What is around it.</param>
    /// <param name="cancellationToken">Gives up starting.</param>
    /// <param name="bound">Called when all ports are listened on; the cluster may come much later.</param>
    public static async Task<KonsulServer> StartAsync(
        ServerSettings settings, ServerParts parts, CancellationToken cancellationToken, Action<KonsulServer>? bound = null)
    {
        var server = new KonsulServer(settings, parts);
        try
        {
            await server.BuildAsync(parts, bound ?? (static _ => { }), cancellationToken).ConfigureAwait(false);
            return server;
        }
        catch
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Takes a snapshot of the state now.</summary>
    public Task SnapshotAsync() => _log!.SnapshotAsync();

    /// <summary>
    /// The end of this server as clients should see it. Another one leads first; this one stays and sends on what it gets. Then no connection is
    /// taken any more, and each client is told to go when it has its answer. Returns when they have gone, or time is up.
    /// </summary>
    public async Task DrainAsync()
    {
        await HandOverAsync().ConfigureAwait(false);
        await _listeners!.DrainAsync().ConfigureAwait(false);
        if (_leave?.IsAsked == true && _serverLog?.Node is { } node)
            await _leave.LeaveAsync(node, _forced).ConfigureAwait(false);
    }

    private async Task HandOverAsync()
    {
        if (_serverLog?.Node is not { } node || node.Consensus.Leader != node.NodeId || !node.Consensus.Members.Any(m => m.IsVoter && m.Id != node.NodeId))
            return;
        try
        {
            await node.TransferLeadershipAsync(0, _forced).ConfigureAwait(false);
        }
        catch (Exception e) when (e is ConsensusRefusedException or LogStoppedException or OperationCanceledException)
        {
            // Nobody takes over; the others will notice and elect.
        }
    }

    public async ValueTask DisposeAsync()
    {
        while (_parts.TryPop(out var part))
            await part.DisposeAsync().ConfigureAwait(false);
        if (_settings.Temporary is { } temporary)
            Directory.Delete(temporary, recursive: true);
    }

    private async Task BuildAsync(ServerParts parts, Action<KonsulServer> bound, CancellationToken cancellationToken)
    {
        var started = parts.Time.GetTimestamp();
        var ready = parts.Readiness.Add("state", "the log is being read");
        var loggers = parts.Logging.Factory;
        var identity = ServerIdentity.Of(_settings);
        var state = new ReplicatedState(_store, identity.NodeName, parts.Mesh.Log, parts.Time);
        Own(new StateObservation(state, parts.Mesh.Log));

        CaSettings Certificates() => _settings.Ca.With(state.View.Ca?.Config);
        var authority = Own(new AuthorityHolder(state, _settings.KekFile, loggers.CreateLogger<AuthorityHolder>()));
        var limiter = new IssueLimiter(_settings.Ca.CsrMaxPerSecond, Environment.ProcessorCount * 2, parts.Time);
        var issuer = new LeafIssuer(
            authority, identity.Datacenter, Certificates, limiter, parts.Mesh.Ca, parts.Time, loggers.CreateLogger<LeafIssuer>());
        var certificate = Own(new ServerCertificate(
            issuer, _settings.Grpc.ToEndPoint().Address, parts.Random, parts.Time, loggers.CreateLogger<ServerCertificate>()));
        var peers = Own(new ServerPeerIdentity(issuer, authority, parts.Random, parts.Time, loggers.CreateLogger<ServerPeerIdentity>()));
        Own(parts.Mesh.Ca.ObserveRootExpiry(() => authority.IsOpen ? issuer.RootNotAfter - parts.Time.GetUtcNow() : null));

        var discovery = new DiscoveryService(
            _store,
            new DiscoveryOptions
            {
                Datacenter = identity.Datacenter,
                NodeName = identity.NodeName,
                DefaultAllow = _settings.DefaultIntention == IntentionAction.Allow,
            },
            parts.Time, loggers);
        var spread = new TrustSpread(
            state, authority, discovery, c => _membership?.AskAllAsync(ClusterHost.TrustCall, c) ?? Task.FromResult<IReadOnlyList<ReadOnlyMemory<byte>>>([]));
        var roots = new RootMaker(state, authority, _settings.KekFile, parts.Time, loggers.CreateLogger<RootMaker>());
        Own(new CertificateObservation(state, certificate, parts.Mesh.Ca, parts.Time));
        var deadlines = _deadlines = new DeadlineService(state, parts.Time, loggers.CreateLogger<DeadlineService>());
        var log = _serverLog = Own(new ServerLog(_settings, parts, new ClusterHost(state, _settings.KekFile, discovery, deadlines, spread.Own)));
        var checks = _checks = Own(new HealthCheckService(state, state.NodeName, static (_, _) => true, parts.Time, parts.Random, loggers, _settings.EnableScriptChecks));
        parts.Metrics.IncludeMeters(DiscoveryMeter.Name);

        var guard = new TokenGuard(_settings.ManagementToken);
        var callers = new CallerIdentity(state, certificate, guard);
        var api = Api = BuildApi(
            parts, identity, state, issuer, checks, discovery, deadlines,
            new CaEndpoints(state, roots, spread, _settings.Ca, parts.Time));
        Wire.V1.Discovery.DiscoveryBase streams = guard.Enabled ? new GuardedDiscovery(discovery, callers) : discovery;
        _listeners = Own(await ServerListeners.StartAsync(
            _settings, parts, certificate, api, new CertificatesService(issuer, callers), streams, _clients, cancellationToken).ConfigureAwait(false));

        _dns = StartDns(parts, identity);

        // Taken apart first: streams would hold the listeners open.
        Own(discovery);

        await log.ListenAsync(AddressesOf(identity), peers).ConfigureAwait(false);
        (identity.RaftPort, identity.HttpPort) = (log.Node?.Port ?? 0, HttpPort);
        bound(this);

        var listening = parts.Time.GetTimestamp();
        _log = await log.OpenAsync(new StateMachine(_store, parts.Mesh.Log, parts.Time), cancellationToken).ConfigureAwait(false);
        var opened = parts.Time.GetTimestamp();
        state.Attach(_log, log.Node);
        Own(deadlines).Start();
        var audit = Own(new StateAudit(
            log.Audited!, _settings.DataDirectory, log.Node is null ? StateAudit.EveryInEtcd : StateAudit.Every, parts.Mesh.Log, parts.Time,
            loggers.CreateLogger<StateAudit>()));
        var membership = _membership = Own(new Membership(state, log.Node, log.Etcd, () => audit.Distrusted, parts.Time, loggers.CreateLogger<Membership>()));
        Own(parts.Mesh.Log.ObserveAutopilot(() => membership.Judged is { } health ? (health.IsHealthy, health.FailureTolerance) : null));
        Func<IReadOnlySet<string>> Alive(TimeSpan within) => log.Node is null ? audit.Alive : () => membership.Alive(within);
        var care = Own(new OrphanCare(
            state, new ServerNodes(identity.IsServers), Alive(AutopilotPlan.DeadAfter),
            node => new HealthCheckService(state, node, CheckReach.FromElsewhere, parts.Time, parts.Random, loggers),
            log.Node is null ? 3 * StateAudit.EveryInEtcd : AutopilotPlan.DeadAfter, parts.Time, loggers.CreateLogger<OrphanCare>()));
        var rotation = Own(new RootRotation(state, authority, roots, spread, Certificates, parts.Time, loggers.CreateLogger<RootRotation>()));
        var connected = new ConnectedSidecars(discovery, membership, parts.Time);
        var liveness = Own(new LivenessCare(
            state, new ServerNodes(identity.IsServers), Alive(LivenessCare.DeadAfter), log.Node is null ? null : connected.AskAsync,
            log.Node is null ? 3 * StateAudit.EveryInEtcd : LivenessCare.DeadAfter, new CheckReporter(state, loggers.CreateLogger<CheckReporter>()), parts.Time,
            loggers.CreateLogger<LivenessCare>()));
        var bootstrap = new AuthorityBootstrap(
            state, _settings.KekFile, Certificates, membership.IsAlone, membership.AskForKeyAsync, parts.Time, loggers.CreateLogger<AuthorityBootstrap>());
        await log.WhileItWorksAsync(
            async stop =>
            {
                await membership.EnterAsync(identity, stop).ConfigureAwait(false);
                await bootstrap.OpenAsync(authority, stop).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
        certificate.Start();
        if (log.Node is not null)
            peers.Start(log.Node.NodeId);
        checks.Start();
        membership.Start();
        audit.Start();
        care.Start();
        liveness.Start();
        rotation.Start();
        _caughtUp = true;
        ready.Met();
        Tell(parts, started, listening, opened);
    }

    /// <summary>Where the time of the start went.</summary>
    private void Tell(ServerParts parts, long started, long listening, long opened)
    {
        var logger = parts.Logging.Factory.CreateLogger<KonsulServer>();
        var (total, before, after) = (parts.Time.GetElapsedTime(started), parts.Time.GetElapsedTime(started, listening), parts.Time.GetElapsedTime(opened));
        if (_serverLog?.Node?.Recovery is { } recovery)
        {
            logger.LogInformation(
                "Ready after {Total:F2} s: ports taken {Ports:F2} s, {Entries} log entries read and snapshot verified {Reading:F2} s,"
                    + " {Megabytes} MB restored from it {Restoring:F2} s, {Applied} entries applied and the cluster entered {Entering:F2} s",
                total.TotalSeconds, before.TotalSeconds, recovery.Entries, recovery.Reading.TotalSeconds, recovery.SnapshotBytes / 1_000_000,
                recovery.Restoring.TotalSeconds, _log!.Status.AppliedIndex - recovery.SnapshotIndex, after.TotalSeconds);
        }
        else
        {
            logger.LogInformation(
                "Ready after {Total:F2} s: ports taken {Ports:F2} s, log opened {Opening:F2} s, the cluster entered {Entering:F2} s",
                total.TotalSeconds, before.TotalSeconds, parts.Time.GetElapsedTime(listening, opened).TotalSeconds, after.TotalSeconds);
        }
    }

    /// <summary>Until this server knows what there is, it must not say of anything that it does not exist.</summary>
    private DnsServer? StartDns(ServerParts parts, ServerIdentity identity)
    {
        if (_settings.Dns is not { } options)
            return null;
        try
        {
            return Own(DnsServer.Start(
                options, () => _caughtUp ? _store.View : null, new DnsQuerySources(identity, parts.Random), parts.Mesh.Dns, parts.Random, parts.Time,
                parts.Logging.Factory.CreateLogger<DnsServer>()));
        }
        catch (System.Net.Sockets.SocketException e)
        {
            throw new StartupException(ExitCode.Unavailable, $"cannot listen for DNS on {options.Listen}: {e.Message.TrimEnd('.')}", e);
        }
    }

    private ServerAddresses AddressesOf(ServerIdentity identity) => new(
        identity.NodeName,
        new IPEndPoint(_settings.Advertise ?? AdvertisedAddress.Of(_settings.Raft), _settings.Raft.Port).ToString(),
        new IPEndPoint(identity.Address, HttpPort).ToString(),
        new IPEndPoint(_settings.Advertise ?? AdvertisedAddress.Of(_settings.Grpc), GrpcPort).ToString());

    private ApiMiddleware BuildApi(
        ServerParts parts, ServerIdentity identity, ReplicatedState state, LeafIssuer issuer, HealthCheckService checks, DiscoveryService discovery,
        DeadlineService ends, CaEndpoints ca)
    {
        _leave = new GracefulLeave(state, parts.Drain, _settings.DrainTimeout, parts.Time, parts.Logging.Factory.CreateLogger<GracefulLeave>());
        var settings = new ApiSettings(identity.Datacenter, _settings.ManagementToken);
        var (members, answers, scripts) = (new MemberList(state, identity), new AnswerCache(), _settings.EnableScriptChecks);
        var metrics = new HttpApiMetrics(parts.Metrics);
        var deadlines = new SharedDeadlines(parts.Time);
        var queries = new BlockingQueries(state, metrics, deadlines, parts.Random, _clients.Closing);
        var leaves = Own(new LeafStore(issuer, deadlines, () => state.View.Index, parts.Random, parts.Time, _clients.Closing));
        var (renewal, etcd) = (new SessionRenewal(state, ends, parts.Time), new EtcdStore(state));
        IEndpoints[] endpoints =
        [
            new AgentEndpoints(state, identity, members, new AgentPorts(() => _listeners?.GrpcPort ?? 0, scripts), parts.Reload, parts.Time),
            new AgentLeaveEndpoints(_leave),
            new AgentServiceEndpoints(state, queries, identity, scripts),
            new AgentCheckEndpoints(state, checks.Ttl, scripts),
            new AgentHealthEndpoints(state, identity),
            new AgentTokenEndpoints(settings),
            new MaintenanceEndpoints(state),
            new JoinEndpoints(state, members),
            new TelemetryEndpoints(parts.Metrics, parts.Logging, parts.Time, _clients.Closing),
            new CatalogEndpoints(state, queries, answers, settings),
            new HealthEndpoints(queries, answers, state.NodeName),
            new EventEndpoints(state, queries),
            new CoordinateEndpoints(state, queries, members, settings),
            new UiEndpoints(queries, settings),
            new UsageEndpoints(queries, settings),
            new KvEndpoints(state, queries),
            new SessionEndpoints(state, queries, renewal, settings),
            new TxnEndpoints(state, queries, settings),
            new EtcdKeyEndpoints(state, etcd),
            new EtcdLeaseEndpoints(state, etcd, renewal),
            new EtcdWatchEndpoints(state, etcd, parts.Drain.Draining),
            new IntentionEndpoints(state, queries, _settings.DefaultIntention, parts.Time),
            new ConfigEndpoints(state, queries, parts.Time),
            new DiscoveryChainEndpoints(queries, settings),
            new PreparedQueryEndpoints(state, queries, settings, parts.Random),
            new ConnectEndpoints(state, queries, leaves, _settings.DefaultIntention),
            ca,
            new StatusEndpoints(state, identity, c => _membership?.HealthAsync(c) ?? Task.FromResult(ClusterHealth.Unknown)),
            new MeshEndpoints(discovery, c => _membership?.AskAllAsync(ClusterHost.ProxiesCall, c) ?? Task.FromResult<IReadOnlyList<ReadOnlyMemory<byte>>>([])),
            new RaftEndpoints(state, (id, c) => _membership?.ForgetAsync(id, c) ?? throw ApiException.Failed("No cluster leader")),
            new AutopilotEndpoints(state, cancellation => _membership?.HealthAsync(cancellation) ?? Task.FromResult(ClusterHealth.Unknown)),
            new SnapshotEndpoints(state, identity.Version, _settings.DataDirectory),
            new ProbeEndpoints(parts.Metrics, parts.Readiness, parts.Drain),
        ];
        return new ApiMiddleware(
            new ApiRouter(endpoints.SelectMany(e => e.Routes)), settings, metrics, parts.Time, parts.Logging.Factory.CreateLogger<ApiMiddleware>());
    }

    private T Own<T>(T part)
    {
        switch (part)
        {
            case IAsyncDisposable later:
                _parts.Push(later);
                break;
            case IDisposable now:
                _parts.Push(new Later(now));
                break;
        }

        return part;
    }

    private sealed class Later(IDisposable part) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            part.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
