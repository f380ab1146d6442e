using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Konsul.Mesh.Model.Identity;
using Konsul.Mesh.Model.Intentions;
using Konsul.Mesh.Model.Snapshots;
using Konsul.Mesh.Wire.Mapping;
using Konsul.Mesh.Wire.V1;
using Cluster = Konsul.Mesh.Model.Snapshots.Cluster;
using Endpoint = Konsul.Mesh.Model.Snapshots.Endpoint;
using Intention = Konsul.Mesh.Model.Intentions.Intention;
using Route = Konsul.Mesh.Model.Snapshots.Route;
using TrustBundle = Konsul.Mesh.Model.Identity.TrustBundle;

namespace Konsul.Mesh.Wire.Tests;

/// <summary>Resources of a small mesh, and responses made of them.</summary>
internal static class Samples
{
    public static TrustDomain Domain { get; } = TrustDomain.Parse("11111111-2222-3333-4444-555555555555.konsul");

    public static ProxyNode Node { get; } = new() { ProxyId = "web-sidecar-proxy", Node = "n1" };

    private static byte[] RootDer { get; } = MakeRoot();

    public static TrustBundle Bundle { get; } = new(Domain, [RootDer]);

    public static InboundListener Inbound(int port = 21000) =>
        new() { Address = "0.0.0.0", Port = port, LocalAddress = "127.0.0.1", LocalPort = 8080 };

    public static OutboundListener Upstream(string cluster, int port) => new()
    {
        Name = ResourceNames.Upstream("127.0.0.1", port),
        Address = "127.0.0.1",
        Port = port,
        Cluster = cluster,
    };

    public static Cluster Cluster(string service) => new()
    {
        Name = ResourceNames.Cluster(service, "default", "dc1"),
        Service = service,
        Datacenter = "dc1",
        Sni = ServiceSni.For(service, "default", "dc1", Domain),
        Identity = SpiffeId.ForService(Domain, "default", "dc1", service),
    };

    public static Endpoint Endpoint(string id, int port) => new(id, "10.0.0.1", port, 1);

    public static Intention Allow(string source, string destination) =>
        new() { Id = $"{source}>{destination}", SourceName = source, DestinationName = destination, Action = IntentionAction.Allow };

    public static Resource Of(InboundListener listener, string service = "web") =>
        Resource(ResourceNames.Inbound, ListenerMapping.ToWire(listener, service));

    public static Resource Of(OutboundListener listener) => Resource(listener.Name, ListenerMapping.ToWire(listener));

    public static Resource Of(Route route) => Resource(route.Host, RouteMapping.ToWire(route));

    public static Resource Of(Cluster cluster) => Resource(cluster.Name, ClusterMapping.ToWire(cluster));

    public static Resource Of(TrustBundle bundle) => Resource(bundle.TrustDomain.Name, TrustBundleMapping.ToWire(bundle));

    public static Resource Endpoints(string service, params Endpoint[] endpoints) =>
        Resource(ResourceNames.Cluster(service, "default", "dc1"), EndpointsMapping.ToWire(endpoints));

    public static Resource Intentions(bool defaultAllow, params Intention[] intentions) =>
        Resource("web", IntentionsMapping.ToWire(intentions, defaultAllow));

    public static DeltaResponse Response(ResourceType type, params Resource[] resources)
    {
        var response = new DeltaResponse { Type = type, Nonce = Guid.NewGuid().ToString("N") };
        response.Resources.AddRange(resources);
        return response;
    }

    public static DeltaResponse Removal(ResourceType type, params string[] names)
    {
        var response = new DeltaResponse { Type = type, Nonce = Guid.NewGuid().ToString("N") };
        response.Removed.AddRange(names);
        return response;
    }

    /// <summary>What a server sends a new proxy "web" with one upstream "api".</summary>
    public static IReadOnlyList<DeltaResponse> Everything() =>
    [
        Response(ResourceType.Cluster, Of(Cluster("api"))),
        Response(ResourceType.Endpoints, Endpoints("api", Endpoint("n1/api-1", 21001))),
        Response(ResourceType.TrustBundle, Of(Bundle)),
        Response(ResourceType.Intentions, Intentions(true)),
        Response(ResourceType.Route, Of(new Route("api", "api.default.dc1"))),
        Response(ResourceType.Listener, Of(Inbound()), Of(Upstream("api.default.dc1", 9001))),
    ];

    public static Resource Resource(string name, IMessage body)
    {
        var bytes = body.ToByteString();
        return new Resource { Name = name, Version = ResourceVersion.Of(bytes.Span), Body = bytes };
    }

    private static byte[] MakeRoot()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=root", key, HashAlgorithmName.SHA256);
        using var root = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        return root.RawData;
    }
}
