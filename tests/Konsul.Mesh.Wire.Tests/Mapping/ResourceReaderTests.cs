using System.Collections.Immutable;
using Google.Protobuf;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Model.Intentions;
using Konsul.Mesh.Model.Snapshots;
using Konsul.Mesh.Wire.Mapping;
using Konsul.Mesh.Wire.V1;
using Endpoint = Konsul.Mesh.Model.Snapshots.Endpoint;
using Route = Konsul.Mesh.Model.Snapshots.Route;
using TrustBundle = Konsul.Mesh.Model.Identity.TrustBundle;

namespace Konsul.Mesh.Wire.Tests.Mapping;

public sealed class ResourceReaderTests
{
    [Fact]
    public void TryRead_InboundListener_RoundTrips()
    {
        var listener = Samples.Inbound() with { Protocol = ServiceProtocol.Grpc };

        var read = Read<ListenerResource>(ResourceType.Listener, Samples.Of(listener));

        Assert.Equal(new ListenerResource(listener, null, "web"), read);
    }

    [Fact]
    public void TryRead_OutboundListener_RoundTrips()
    {
        var listener = Samples.Upstream("api.default.dc1", 9001) with { Protocol = ServiceProtocol.Tcp };

        var read = Read<ListenerResource>(ResourceType.Listener, Samples.Of(listener));

        Assert.Equal(new ListenerResource(null, listener, ""), read);
    }

    [Fact]
    public void TryRead_Cluster_RoundTrips()
    {
        var cluster = Samples.Cluster("api") with { Protocol = ServiceProtocol.Http2, ConnectTimeout = TimeSpan.FromMilliseconds(250) };

        Assert.Equal(cluster, Read<Konsul.Mesh.Model.Snapshots.Cluster>(ResourceType.Cluster, Samples.Of(cluster)));
    }

    [Fact]
    public void TryRead_Route_RoundTrips()
    {
        var route = new Route("api.service.konsul", "api.default.dc1");

        Assert.Equal(route, Read<Route>(ResourceType.Route, Samples.Of(route)));
    }

    [Fact]
    public void TryRead_Endpoints_RoundTrips()
    {
        Endpoint[] endpoints = [new("n1/a", "10.0.0.1", 21000, 1), new("n2/a", "fd00::1", 21001, 7)];

        var read = Read<ImmutableArray<Endpoint>>(ResourceType.Endpoints, Samples.Endpoints("api", endpoints));

        Assert.Equal(endpoints, read);
    }

    [Fact]
    public void TryRead_TrustBundle_RoundTrips()
    {
        var read = Read<TrustBundle>(ResourceType.TrustBundle, Samples.Of(Samples.Bundle));

        Assert.Equal(Samples.Domain, read.TrustDomain);
        Assert.Equal(Samples.Bundle.Roots.Single().ToArray(), read.Roots.Single().ToArray());
    }

    [Fact]
    public void TryRead_Intentions_CompilesThem()
    {
        var read = Read<IntentionsResource>(ResourceType.Intentions, Samples.Intentions(false, Samples.Allow("shop", "*")));

        Assert.Equal(new IntentionDecision(true, "shop>*"), read.Policy.Decide("shop"));
        Assert.Equal(new IntentionDecision(false, ""), read.Policy.Decide("other"));
    }

    public static TheoryData<ResourceType, string, IMessage, string> Bad() => new()
    {
        { ResourceType.Listener, "inbound", new Listener { Address = "0.0.0.0", Port = 1 }, "listener \"inbound\": side" },
        { ResourceType.Listener, "other", ListenerMapping.ToWire(Samples.Inbound(), "web"), "listener \"other\": side" },
        { ResourceType.Listener, "inbound", ListenerMapping.ToWire(Samples.Inbound(70000), "web"), "listener \"inbound\": port 70000" },
        { ResourceType.Listener, "inbound", ListenerMapping.ToWire(Samples.Inbound(), "-"), "listener \"inbound\": inbound.service" },
        { ResourceType.Listener, "upstream:a:1", ListenerMapping.ToWire(Samples.Upstream("", 1)), "listener \"upstream:a:1\": outbound.cluster" },
        { ResourceType.Route, "b", new V1.Route { Host = "a", Cluster = "c" }, "route \"b\": host" },
        { ResourceType.Route, "A", new V1.Route { Host = "A", Cluster = "c" }, "route \"A\": host" },
        { ResourceType.Cluster, "c", new V1.Cluster { Identity = "spiffe://x/agent/server/dc/dc1" }, "cluster \"c\": identity" },
        { ResourceType.Endpoints, "e", Endpoints(1, "a", "a"), "endpoints \"e\": endpoint \"a\" is there twice" },
        { ResourceType.Endpoints, "e", Endpoints(0, "a"), "endpoints \"e\": endpoint \"a\": weight" },
        { ResourceType.TrustBundle, "d", new V1.TrustBundle { TrustDomain = "d" }, "trust bundle \"d\": roots" },
        { ResourceType.TrustBundle, "d", new V1.TrustBundle { TrustDomain = "d", Roots = { ByteString.CopyFromUtf8("x") } }, "trust bundle \"d\": roots" },
        { ResourceType.TrustBundle, "d", new V1.TrustBundle { TrustDomain = "e" }, "trust bundle \"d\": trust_domain" },
        { ResourceType.Intentions, "web", Intention("we b"), "intentions \"web\": intention \"1\": source" },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public void TryRead_BadField_SaysTypeNameAndField(ResourceType type, string name, IMessage body, string start)
    {
        var error = ResourceReader.TryRead(type, name, body.ToByteString(), out var model);

        Assert.StartsWith(start, error, StringComparison.Ordinal);
        Assert.EndsWith(".", error, StringComparison.Ordinal);
        Assert.Null(model);
    }

    [Fact]
    public void TryRead_AnyBytes_NeverThrows()
    {
        var random = new Random(7);
        for (var i = 0; i < 5_000; i++)
        {
            var bytes = new byte[random.Next(60)];
            random.NextBytes(bytes);
            var type = (ResourceType)random.Next(10);

            var error = ResourceReader.TryRead(type, "inbound", ByteString.CopyFrom(bytes), out var model);

            Assert.Equal(error is null, model is not null);
        }
    }

    private static T Read<T>(ResourceType type, Resource resource)
    {
        Assert.Null(ResourceReader.TryRead(type, resource.Name, resource.Body, out var model));
        return Assert.IsType<T>(model);
    }

    private static Endpoints Endpoints(uint weight, params string[] ids)
    {
        var endpoints = new Endpoints();
        endpoints.Endpoints_.AddRange(ids.Select(id => new V1.Endpoint { Id = id, Address = "a", Port = 1, Weight = weight }));
        return endpoints;
    }

    private static Intentions Intention(string source)
    {
        var intentions = new Intentions();
        intentions.Intentions_.Add(new V1.Intention { Id = "1", Source = source, Destination = "web" });
        return intentions;
    }
}
