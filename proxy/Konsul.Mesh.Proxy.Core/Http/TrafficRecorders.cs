using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Telemetry.Families;

namespace Konsul.Mesh.Proxy.Core.Http;

/// <summary>The recorders of one pair of services, by protocol; made when first needed, kept by whoever is one end of the pair.</summary>
internal sealed class TrafficRecorders(MeshMetrics metrics, TrafficLabels labels, ServiceProtocol declared)
{
    private readonly Lazy<RequestRecorder> _http = new(
        () => metrics.Requests.For(labels with { Protocol = declared is ServiceProtocol.Http2 or ServiceProtocol.Grpc ? "http2" : "http" }));

    private readonly Lazy<RequestRecorder> _grpc = new(() => metrics.Requests.For(labels with { Protocol = "grpc" }));
    private readonly Lazy<TcpRecorder> _tcp = new(() => metrics.Tcp.For(labels with { Protocol = "tcp" }));

    public TcpRecorder Tcp => _tcp.Value;

    public RequestRecorder Http(bool isGrpc) => isGrpc ? _grpc.Value : _http.Value;
}
