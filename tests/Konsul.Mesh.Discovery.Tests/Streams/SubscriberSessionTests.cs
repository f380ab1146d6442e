using Google.Protobuf;
using Konsul.Mesh.Discovery.Resources;
using Konsul.Mesh.Discovery.Streams;
using Konsul.Mesh.Wire.Mapping;
using Konsul.Mesh.Wire.V1;

namespace Konsul.Mesh.Discovery.Tests.Streams;

public sealed class SubscriberSessionTests
{
    private readonly SubscriberSession _session = new();

    public SubscriberSessionTests()
    {
        foreach (var type in ResourceKinds.InOrder)
        {
            Take(new DeltaRequest { Type = type, Subscribe = { "*" } });
        }
    }

    [Fact]
    public void Next_NothingHeld_SendsEveryTypeOnceInOrder()
    {
        var responses = _session.Next(Set(Cluster("api"), Endpoints("api"), Listener("l"), Route("api")));

        Assert.Equal(
            [ResourceType.Cluster, ResourceType.Endpoints, ResourceType.Route, ResourceType.Listener],
            responses.Select(r => r.Type));
        Assert.Equal(4, responses.Select(r => r.Nonce).Distinct().Count());
        Assert.Empty(_session.Next(Set(Cluster("api"), Endpoints("api"), Listener("l"), Route("api"))));
    }

    [Fact]
    public void Next_ResponseInFlight_WaitsForItsAnswerThenSendsTheNewestOnly()
    {
        var first = Assert.Single(_session.Next(Set(Endpoints("api", 1))));

        Assert.Empty(_session.Next(Set(Endpoints("api", 2))));
        Ack(first);
        var second = Assert.Single(_session.Next(Set(Endpoints("api", 3))));

        Assert.Equal(Endpoints("api", 3).Version, Assert.Single(second.Resources).Version);
    }

    [Fact]
    public void Next_ClusterWaits_HoldsListenersAndRoutesButNotIntentions()
    {
        var first = _session.Next(Set(Cluster("api"), Endpoints("api")));
        var wanted = Set(
            Cluster("api"), Endpoints("api"), Cluster("db"), Endpoints("db"), Listener("l"), Route("db"), Intentions("web"));

        Assert.Equal(ResourceType.Intentions, Assert.Single(_session.Next(wanted)).Type);
        first.ToList().ForEach(Ack);

        Assert.Equal(
            [ResourceType.Cluster, ResourceType.Endpoints, ResourceType.Route, ResourceType.Listener],
            _session.Next(wanted).Select(r => r.Type));
    }

    [Fact]
    public void Next_ClusterGone_IsRemovedOnlyAfterListenersAndRoutesWereAnswered()
    {
        _session.Next(Set(Cluster("api"), Endpoints("api"), Listener("l"), Route("api"))).ToList().ForEach(Ack);

        var first = _session.Next(ResourceSet.Empty);
        Assert.Equal([ResourceType.Route, ResourceType.Listener], first.Select(r => r.Type));
        Assert.All(first, r => Assert.Single(r.Removed));
        Ack(first[0]);
        Assert.Empty(_session.Next(ResourceSet.Empty));
        Ack(first[1]);

        Assert.Equal([ResourceType.Cluster, ResourceType.Endpoints], _session.Next(ResourceSet.Empty).Select(r => r.Type));
    }

    [Fact]
    public void Next_Refused_IsNotSentAgainUntilItsContentChanges()
    {
        var sent = Assert.Single(_session.Next(Set(Endpoints("api", 1))));
        Take(new DeltaRequest { Type = sent.Type, Nonce = sent.Nonce, Error = new ErrorDetail { Message = "no" } });

        Assert.Empty(_session.Next(Set(Endpoints("api", 1))));
        Assert.Single(_session.Next(Set(Endpoints("api", 2))));
        var type = _session.Types.Single(t => t.Type == ResourceType.Endpoints);
        Assert.Equal((2, 0, 1, "no"), (type.Sent, type.Acked, type.Nacked, type.LastNackError));
    }

    [Fact]
    public void Take_StaleNonce_IsIgnored()
    {
        var sent = Assert.Single(_session.Next(Set(Endpoints("api", 1))));

        Take(new DeltaRequest { Type = sent.Type, Nonce = "other", Error = new ErrorDetail { Message = "no" } });

        Assert.Empty(_session.Next(Set(Endpoints("api", 2))));
        Assert.Equal(0, _session.Types.Sum(t => t.Nacked));
    }

    [Fact]
    public void Next_VersionsHeldSinceBefore_SendsOnlyWhatChangedAndWhatIsGone()
    {
        var resumed = new SubscriberSession();
        var request = new DeltaRequest { Type = ResourceType.Endpoints, Subscribe = { "*" } };
        request.InitialVersions["a"] = Endpoints("a", 1).Version;
        request.InitialVersions["b"] = Endpoints("b", 1).Version;
        request.InitialVersions["gone"] = "1";
        Assert.Null(resumed.Take(request, out _));
        var wanted = Set(Endpoints("a", 1), Endpoints("b", 2));

        var changed = Assert.Single(resumed.Next(wanted));
        Assert.Equal("b", Assert.Single(changed.Resources).Name);
        Assert.Null(resumed.Take(new DeltaRequest { Type = changed.Type, Nonce = changed.Nonce }, out _));
        Assert.Equal(["gone"], Assert.Single(resumed.Next(wanted)).Removed);
    }

    [Fact]
    public void Next_MoreThanOneResponseHolds_SendsTheRestAfterEachAck()
    {
        var many = Set([.. Enumerable.Range(0, 30).Select(i => Endpoints("s" + i, 5000))]);
        var names = new List<string>();
        while (_session.Next(many) is [var response])
        {
            Assert.True(response.CalculateSize() < 2 << 20, "A response must stay under what a gRPC peer takes.");
            names.AddRange(response.Resources.Select(r => r.Name));
            Ack(response);
        }

        Assert.Equal(30, names.Distinct().Count());
    }

    [Fact]
    public void Next_NamedSubscription_SendsOnlyTheNames()
    {
        var named = new SubscriberSession();
        named.Take(new DeltaRequest { Type = ResourceType.Endpoints, Subscribe = { "a" } }, out _);

        var response = Assert.Single(named.Next(Set(Endpoints("a", 1), Endpoints("b", 1), Cluster("a"))));

        Assert.Equal("a", Assert.Single(response.Resources).Name);
    }

    [Fact]
    public void Take_UnknownType_IsABreach() =>
        Assert.NotNull(_session.Take(new DeltaRequest { Type = (ResourceType)77 }, out _));

    private void Ack(DeltaResponse response) => Take(new DeltaRequest { Type = response.Type, Nonce = response.Nonce });

    private void Take(DeltaRequest request) => Assert.Null(_session.Take(request, out _));

    private static ResourceSet Set(params EncodedResource[] resources) => new(resources);

    private static EncodedResource Cluster(string name) => Make(ResourceType.Cluster, name, new Cluster { Service = name });

    private static EncodedResource Listener(string name) => Make(ResourceType.Listener, name, new Listener { Address = name });

    private static EncodedResource Route(string name) => Make(ResourceType.Route, name, new Route { Host = name });

    private static EncodedResource Intentions(string name) => Make(ResourceType.Intentions, name, new Intentions { DefaultAllow = true });

    private static EncodedResource Endpoints(string name, int count = 1)
    {
        var endpoints = new Endpoints();
        endpoints.Endpoints_.AddRange(Enumerable.Range(0, count).Select(i => new Endpoint { Id = "i" + i, Address = "10.0.0.1", Port = 1 }));
        return Make(ResourceType.Endpoints, name, endpoints);
    }

    private static EncodedResource Make(ResourceType type, string name, IMessage body) => new(type, name, body);
}
