using Konsul.Mesh.Telemetry.Metrics;

namespace Konsul.Mesh.Telemetry.Families;

/// <summary>Every metric of the mesh, in one place. A group registers its families when it is first asked for, so a program exposes only
/// what it has.</summary>
public sealed class MeshMetrics(MetricRegistry registry)
{
    private readonly Lazy<RequestMetrics> _requests = new(() => new RequestMetrics(registry));
    private readonly Lazy<TcpMetrics> _tcp = new(() => new TcpMetrics(registry));
    private readonly Lazy<UpstreamMetrics> _upstreams = new(() => new UpstreamMetrics(registry));
    private readonly Lazy<AuthorizationMetrics> _authorization = new(() => new AuthorizationMetrics(registry));
    private readonly Lazy<SnapshotMetrics> _snapshot = new(() => new SnapshotMetrics(registry));
    private readonly Lazy<DiscoveryMetrics> _discovery = new(() => new DiscoveryMetrics(registry));
    private readonly Lazy<CaMetrics> _ca = new(() => new CaMetrics(registry));
    private readonly Lazy<LogMetrics> _log = new(() => new LogMetrics(registry));
    private readonly Lazy<DnsMetrics> _dns = new(() => new DnsMetrics(registry));

    public MetricRegistry Registry => registry;

    public RequestMetrics Requests => _requests.Value;

    public TcpMetrics Tcp => _tcp.Value;

    public UpstreamMetrics Upstreams => _upstreams.Value;

    public AuthorizationMetrics Authorization => _authorization.Value;

    public SnapshotMetrics Snapshot => _snapshot.Value;

    public DiscoveryMetrics Discovery => _discovery.Value;

    public CaMetrics Ca => _ca.Value;

    public LogMetrics Log => _log.Value;

    public DnsMetrics Dns => _dns.Value;
}
