using Konsul.Mesh.Discovery;
using Konsul.Mesh.Hosting.Lifecycle;
using Konsul.Mesh.Model.Intentions;
using Konsul.Mesh.Raft.Host;
using Konsul.Mesh.Server.Certificates;
using Konsul.Mesh.Server.Cluster;
using Konsul.Mesh.Server.Endpoints;
using Konsul.Mesh.Server.HealthChecks;
using Konsul.Mesh.Server.Http;
using Konsul.Mesh.Server.Queries;
using Konsul.Mesh.State;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Server.Startup;

/// <summary>
/// One server, put together and taken apart again. Order of start: log and state, own node, CA, health checks, discovery, listeners; ready
/// when all of that is. The end is the reverse: nobody is cut off from what still answers.
/// </summary>
internal sealed class KonsulServer : IAsyncDisposable
{
    private readonly Stack<IAsyncDisposable> _parts = new();
    private readonly StateStore _store = new();
    private readonly ServerSettings _settings;
    private ServerListeners? _listeners;
    private IReplicatedLog? _log;
    private HealthCheckService? _checks;

    private KonsulServer(ServerSettings settings) => _settings = settings;

    public int HttpPort => _listeners!.HttpPort;

    public int GrpcPort => _listeners!.GrpcPort;

    /// <summary>The last applied index.</summary>
    public ulong StateIndex => _store.View.Index;

    /// <summary>Queries that wait for a change of the state.</summary>
    public int Waiting => _store.Waiting;

    /// <summary>How often waiting queries were woken so far.</summary>
    public long Wakeups => _store.Wakeups;

    /// <summary>Looks, expiries and deregistrations that have their time.</summary>
    public int ScheduledChecks => _checks?.Scheduled ?? 0;

    /// <summary>Faults when the log cannot go on; the process must end then.</summary>
    public Task Failed => _log!.Completion;

    /// <exception cref="StartupException">The data is damaged (65) or in use, or an address is taken (69).</exception>
    public static async Task<KonsulServer> StartAsync(ServerSettings settings, ServerParts parts, CancellationToken cancellationToken)
    {
        var server = new KonsulServer(settings);
        try
        {
            await server.BuildAsync(parts, cancellationToken).ConfigureAwait(false);
            return server;
        }
        catch
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        while (_parts.TryPop(out var part))
            await part.DisposeAsync().ConfigureAwait(false);
        if (_settings.Temporary is { } temporary)
            Directory.Delete(temporary, recursive: true);
    }

    private async Task BuildAsync(ServerParts parts, CancellationToken cancellationToken)
    {
        var ready = parts.Readiness.Add("state", "the log is being read");
        var loggers = parts.Logging.Factory;
        var identity = ServerIdentity.Of(_settings);
        _log = Own(await LogOpening.OpenAsync(_settings, new StateMachine(_store), parts, cancellationToken).ConfigureAwait(false));
        var state = new ReplicatedState(_store, _log, identity.NodeName, parts.Mesh.Log, parts.Time);
        Own(new StateObservation(state, parts.Mesh.Log));
        await OwnRegistration.EnsureAsync(state, identity, cancellationToken).ConfigureAwait(false);

        var authority = Own(await AuthorityBootstrap.OpenAsync(
            state, _settings.KekFile, parts.Time, loggers.CreateLogger("Konsul.Mesh.Server.Authority"), cancellationToken).ConfigureAwait(false));
        var limiter = new IssueLimiter(_settings.CsrMaxPerSecond, Environment.ProcessorCount * 2, parts.Time);
        var issuer = new LeafIssuer(
            authority, identity.Datacenter, _settings.LeafTtl, limiter, parts.Mesh.Ca, parts.Time, loggers.CreateLogger<LeafIssuer>());
        var certificate = Own(new ServerCertificate(
            issuer, _settings.Grpc.ToEndPoint().Address, parts.Random, parts.Time, loggers.CreateLogger<ServerCertificate>()));
        Own(parts.Mesh.Ca.ObserveRootExpiry(() => state.View.Ca is null ? null : issuer.RootNotAfter - parts.Time.GetUtcNow()));

        var checks = _checks = Own(new HealthCheckService(state, parts.Time, parts.Random, loggers));
        checks.Start();
        var discovery = new DiscoveryService(
            _store,
            new DiscoveryOptions
            {
                Datacenter = identity.Datacenter,
                NodeName = identity.NodeName,
                DefaultAllow = _settings.DefaultIntention == IntentionAction.Allow,
            },
            parts.Time, loggers);
        parts.Metrics.IncludeMeters(DiscoveryMeter.Name);

        var guard = new TokenGuard(_settings.ManagementToken);
        var callers = new CallerIdentity(state, certificate, guard);
        var api = Api(parts, identity, state, issuer, checks, discovery);
        Wire.V1.Discovery.DiscoveryBase streams = guard.Enabled ? new GuardedDiscovery(discovery, callers) : discovery;
        _listeners = Own(await ServerListeners.StartAsync(
            _settings, parts, certificate, api, new CertificatesService(issuer, callers), streams, cancellationToken).ConfigureAwait(false));

        // Taken apart first: streams would hold the listeners open.
        Own(discovery);
        ready.Met();
    }

    private ApiMiddleware Api(
        ServerParts parts, ServerIdentity identity, ReplicatedState state, LeafIssuer issuer, HealthCheckService checks, DiscoveryService discovery)
    {
        var settings = new ApiSettings(identity.Datacenter, _settings.ManagementToken);
        var metrics = new HttpApiMetrics(parts.Metrics);
        var deadlines = new SharedDeadlines(parts.Time);
        var queries = new BlockingQueries(state, metrics, deadlines, parts.Random, parts.Drain.Draining);
        var leaves = new LeafStore(issuer, deadlines, () => state.View.Index, parts.Random, parts.Time, parts.Drain.Draining);
        IEndpoints[] endpoints =
        [
            new AgentEndpoints(state, identity, () => _listeners?.GrpcPort ?? 0),
            new AgentServiceEndpoints(state, queries, identity),
            new AgentCheckEndpoints(state, checks.Ttl),
            new CatalogEndpoints(state, queries, settings),
            new HealthEndpoints(queries),
            new KvEndpoints(state, queries),
            new IntentionEndpoints(state, queries, _settings.DefaultIntention, parts.Time),
            new ConnectEndpoints(state, queries, leaves, _settings.DefaultIntention),
            new StatusEndpoints(state, identity),
            new MeshEndpoints(discovery),
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
