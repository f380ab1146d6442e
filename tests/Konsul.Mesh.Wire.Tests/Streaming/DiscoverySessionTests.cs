using Google.Protobuf;
using Konsul.Mesh.Model.Intentions;
using Konsul.Mesh.Model.Snapshots;
using Konsul.Mesh.Wire.Streaming;
using Konsul.Mesh.Wire.V1;
using Route = Konsul.Mesh.Model.Snapshots.Route;

namespace Konsul.Mesh.Wire.Tests.Streaming;

public sealed class DiscoverySessionTests
{
    private readonly DiscoverySession _session = new(Samples.Node);

    [Fact]
    public void Open_NewSession_SubscribesToEveryTypeWithoutVersions()
    {
        var requests = _session.Open();

        Assert.Equal(6, requests.Select(r => r.Type).Distinct().Count());
        Assert.All(requests, r =>
        {
            Assert.Equal("*", Assert.Single(r.Subscribe));
            Assert.Equal(Samples.Node, r.Node);
            Assert.Empty(r.InitialVersions);
        });
    }

    [Fact]
    public void Receive_AllTypes_YieldsOneWholeSnapshot()
    {
        var snapshots = Feed(Samples.Everything());

        var snapshot = Assert.Single(snapshots);
        Assert.Equal(1ul, snapshot.Version);
        Assert.Equal("web", snapshot.Service);
        Assert.Equal(Samples.Inbound(), snapshot.Inbound);
        Assert.Equal(Samples.Upstream("api.default.dc1", 9001), Assert.Single(snapshot.Outbound));
        Assert.Equal(Samples.Cluster("api"), snapshot.Clusters["api.default.dc1"]);
        Assert.Equal(21001, Assert.Single(snapshot.Endpoints["api.default.dc1"]).Port);
        Assert.Equal("api.default.dc1", snapshot.Routes["api"].Cluster);
        Assert.True(snapshot.Intentions.Decide("anyone").Allowed);
        Assert.Same(_session.Snapshot, snapshot);
    }

    [Fact]
    public void Receive_BeforeOwnListenerIntentionsAndTrustAreKnown_PublishesNothing()
    {
        var all = Samples.Everything();
        foreach (var left in new[] { ResourceType.Listener, ResourceType.Intentions, ResourceType.TrustBundle })
        {
            var session = new DiscoverySession(Samples.Node);

            Assert.Empty(Feed(all.Where(r => r.Type != left), session));
        }
    }

    [Fact]
    public void Receive_EndpointsChange_KeepsAllOtherPartsTheSameObjects()
    {
        Feed(Samples.Everything());
        var before = _session.Snapshot;

        Feed([Samples.Response(ResourceType.Endpoints, Samples.Endpoints("api", Samples.Endpoint("n1/api-2", 21002)))]);

        var after = _session.Snapshot;
        Assert.Equal(2ul, after.Version);
        Assert.NotSame(before.Endpoints, after.Endpoints);
        Assert.Same(before.Clusters, after.Clusters);
        Assert.Same(before.Routes, after.Routes);
        Assert.Same(before.Inbound, after.Inbound);
        Assert.True(before.Outbound == after.Outbound);
        Assert.Same(before.Intentions, after.Intentions);
        Assert.Same(before.TrustBundle, after.TrustBundle);
    }

    [Fact]
    public void Receive_SameContentAgain_ChangesNothing()
    {
        Feed(Samples.Everything());

        Assert.Empty(Feed(Samples.Everything()));
        Assert.Equal(1ul, _session.Snapshot.Version);
    }

    [Fact]
    public void Receive_ListenerBeforeItsCluster_ShowsItWhenClusterAndEndpointsAreThere()
    {
        Feed(Samples.Everything());
        var listener = Samples.Upstream("db.default.dc1", 9002);

        Assert.Empty(Feed([Samples.Response(ResourceType.Listener, Samples.Of(listener))]));
        Assert.Empty(Feed([Samples.Response(ResourceType.Cluster, Samples.Of(Samples.Cluster("db")))]));
        var snapshot = Assert.Single(Feed([Samples.Response(ResourceType.Endpoints, Samples.Endpoints("db"))]));

        Assert.Contains(listener, snapshot.Outbound);
        AssertWhole(snapshot);
    }

    [Fact]
    public void Receive_ListenerMovesToUnknownCluster_KeepsItsOldFormAndOldCluster()
    {
        Feed(Samples.Everything());

        Feed([
            Samples.Response(ResourceType.Listener, Samples.Of(Samples.Upstream("db.default.dc1", 9001))),
            Samples.Removal(ResourceType.Cluster, "api.default.dc1"),
            Samples.Response(ResourceType.Intentions, Samples.Intentions(false)),
        ]);

        Assert.Equal("api.default.dc1", Assert.Single(_session.Snapshot.Outbound).Cluster);
        Assert.False(_session.Snapshot.Intentions.Decide("x").Allowed);
        AssertWhole(_session.Snapshot);
    }

    [Fact]
    public void Receive_ClusterRemovedWithAllThatNamesIt_IsGone()
    {
        Feed(Samples.Everything());

        Feed([
            Samples.Removal(ResourceType.Listener, "upstream:127.0.0.1:9001"),
            Samples.Removal(ResourceType.Route, "api"),
            Samples.Removal(ResourceType.Cluster, "api.default.dc1"),
            Samples.Removal(ResourceType.Endpoints, "api.default.dc1"),
        ]);

        Assert.Empty(_session.Snapshot.Outbound);
        Assert.Empty(_session.Snapshot.Clusters);
        Assert.Empty(_session.Snapshot.Endpoints);
    }

    [Fact]
    public void Receive_BadResource_RefusesTheWholeResponse()
    {
        Feed(Samples.Everything());
        var bad = new Resource { Name = "bad.default.dc1", Version = "1", Body = ByteString.CopyFromUtf8("\u0001") };

        var response = Samples.Response(ResourceType.Cluster, Samples.Of(Samples.Cluster("db")), bad);
        var step = _session.Receive(response);
        var answer = _session.Refuse(step.Refusal!);

        Assert.StartsWith("cluster \"bad.default.dc1\": body", step.Refusal, StringComparison.Ordinal);
        Assert.Equal(response.Nonce, answer.Nonce);
        Assert.Equal(step.Refusal, answer.Error.Message);
        Assert.Single(_session.Snapshot.Clusters);
        Assert.DoesNotContain("db.default.dc1", VersionsOf(ResourceType.Cluster).Keys);
    }

    [Fact]
    public void Receive_UnknownType_IsRefused()
    {
        Assert.NotNull(_session.Receive(new DeltaResponse { Type = (ResourceType)99, Nonce = "1" }).Refusal);
    }

    [Fact]
    public void Refuse_SnapshotNotApplied_ForgetsItAndTakesTheNextChange()
    {
        Feed(Samples.Everything());

        _session.Receive(Samples.Response(ResourceType.Listener, Samples.Of(Samples.Upstream("api.default.dc1", 9999))));
        _session.Refuse("port 9999 is taken");
        Feed([Samples.Response(ResourceType.Intentions, Samples.Intentions(false))]);

        Assert.Equal(9001, Assert.Single(_session.Snapshot.Outbound).Port);
        Assert.Equal(2ul, _session.Snapshot.Version);
        var listeners = _session.Describe().Single(t => t.Type == ResourceType.Listener);
        Assert.Equal("port 9999 is taken", listeners.LastRefusal);
        Assert.Equal(1, listeners.Refused);
    }

    [Fact]
    public void Receive_WithoutAnswerToTheOneBefore_Throws()
    {
        _session.Receive(Samples.Everything()[0]);

        Assert.Throws<InvalidOperationException>(() => _session.Receive(Samples.Everything()[1]));
    }

    [Fact]
    public void Open_AfterALoss_NamesTheVersionsHeldAndForgetsTheUnanswered()
    {
        Feed(Samples.Everything());
        _session.Receive(Samples.Response(ResourceType.Cluster, Samples.Of(Samples.Cluster("db"))));

        var clusters = _session.Open().Single(r => r.Type == ResourceType.Cluster);

        Assert.Equal(Samples.Of(Samples.Cluster("api")).Version, clusters.InitialVersions["api.default.dc1"]);
        Assert.Single(clusters.InitialVersions);
        Assert.Empty(Feed([Samples.Everything()[0]]));
    }

    [Fact]
    public void Restore_WhatAnotherSessionHeld_GivesTheSameSnapshot()
    {
        Feed(Samples.Everything());
        var restored = new DiscoverySession(Samples.Node);

        var step = restored.Restore(_session.Held.Export());
        restored.Accept();

        Assert.Equal(_session.Snapshot.Clusters["api.default.dc1"], step.Snapshot!.Clusters["api.default.dc1"]);
        Assert.Equal(_session.Snapshot.Outbound, step.Snapshot.Outbound.ToArray());
        Assert.Equal(
            _session.Open().Select(r => r.InitialVersions.Count),
            restored.Open().Select(r => r.InitialVersions.Count));
    }

    [Fact]
    public void Restore_PartOfAConfiguration_IsRefusedAndLeavesTheSessionEmpty()
    {
        var step = _session.Restore([Samples.Everything()[0]]);

        Assert.NotNull(step.Refusal);
        Assert.All(_session.Open(), r => Assert.Empty(r.InitialVersions));
    }

    [Fact]
    public void Receive_ChangesInAnyOrder_KeepsEverySnapshotWholeAndEndsTheSame()
    {
        for (var seed = 1; seed <= 200; seed++)
        {
            var random = new Random(seed);
            var session = new DiscoverySession(Samples.Node);
            List<DeltaResponse> changes =
            [
                .. Samples.Everything(),
                Samples.Response(ResourceType.Cluster, Samples.Of(Samples.Cluster("db"))),
                Samples.Response(ResourceType.Endpoints, Samples.Endpoints("db", Samples.Endpoint("n2/db", 5))),
                Samples.Response(ResourceType.Listener, Samples.Of(Samples.Upstream("db.default.dc1", 9002))),
                Samples.Response(ResourceType.Route, Samples.Of(new Route("db", "db.default.dc1"))),
            ];

            var snapshots = Feed(changes.OrderBy(_ => random.Next()), session);

            Assert.All(snapshots, AssertWhole);
            Assert.Equal([9001, 9002], session.Snapshot.Outbound.Select(l => l.Port));
            Assert.Equal(2, session.Snapshot.Routes.Count);
        }
    }

    private Dictionary<string, string> VersionsOf(ResourceType type) =>
        _session.Describe().Single(t => t.Type == type).Versions.ToDictionary();

    private List<ProxySnapshot> Feed(IEnumerable<DeltaResponse> responses, DiscoverySession? session = null)
    {
        session ??= _session;
        var snapshots = new List<ProxySnapshot>();
        foreach (var response in responses)
        {
            var step = session.Receive(response);
            Assert.Null(step.Refusal);
            Assert.Equal(response.Nonce, session.Accept().Nonce);
            if (step.Snapshot is not null)
            {
                snapshots.Add(step.Snapshot);
            }
        }

        return snapshots;
    }

    private static void AssertWhole(ProxySnapshot snapshot)
    {
        var named = snapshot.Outbound.Select(l => l.Cluster).Concat(snapshot.Routes.Values.Select(r => r.Cluster));
        Assert.All(named, cluster =>
        {
            Assert.Contains(cluster, snapshot.Clusters.Keys);
            Assert.Contains(cluster, snapshot.Endpoints.Keys);
        });
    }
}
