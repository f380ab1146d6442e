using Grpc.Core;
using Grpc.Net.Client;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Model.Intentions;
using Konsul.Mesh.Wire.V1;

namespace Konsul.Mesh.Discovery.Tests;

public sealed class DiscoveryServiceTests
{
    private readonly TestMesh _mesh = new TestMesh().WithCa();

    [Fact]
    public async Task Stream_RegisteredSidecar_GetsItsWholeConfiguration()
    {
        _mesh.Register("api", 80);
        _mesh.Register("web", 8080, upstreams: TestMesh.To("api", 9001));
        await using var server = await TestServer.StartAsync(_mesh);

        await using var proxy = new TestProxy("web-sidecar-proxy", server.Address);
        await SnapshotAsync(proxy, () => proxy.Snapshot.Version == 1);

        Assert.Equal("web", proxy.Snapshot.Service);
        Assert.Equal(8080, proxy.Snapshot.Inbound!.LocalPort);
        Assert.Equal("n1/api", Assert.Single(proxy.Snapshot.Endpoints[TestMesh.ClusterOf("api")]).Id);
        await Eventually.TrueAsync(() => server.Service.ConnectedProxies is [{ Types: var t }] && t.All(x => x.Sent == x.Acked), () => server.Service.ConnectedProxies);
        var connected = Assert.Single(server.Service.ConnectedProxies);
        Assert.Equal(("web-sidecar-proxy", "n1", "web", "test"), (connected.ProxyId, connected.Node, connected.Service, connected.Version));
        Assert.True(proxy.Client.State.Connected);
        Assert.Equal(server.Address, proxy.Client.State.Server);
    }

    [Fact]
    public async Task Stream_EachChange_ReachesTheProxyAndLeavesOtherPartsAlone()
    {
        _mesh.Register("web", 8080, upstreams: TestMesh.To("api", 9001));
        await using var server = await TestServer.StartAsync(_mesh);
        await using var proxy = new TestProxy("web-sidecar-proxy", server.Address);
        await SnapshotAsync(proxy, () => proxy.Snapshot.Version == 1);
        var first = proxy.Snapshot;

        _mesh.Register("api", 80, "api-1", status: CheckStatus.Critical);
        _mesh.SetStatus("api-1", CheckStatus.Passing);
        await SnapshotAsync(proxy, () => proxy.Snapshot.Endpoints[TestMesh.ClusterOf("api")].Length == 1);
        Assert.Same(first.Clusters, proxy.Snapshot.Clusters);

        _mesh.Intend("shop", "web", IntentionAction.Deny);
        await SnapshotAsync(proxy, () => !proxy.Snapshot.Intentions.Decide("shop").Allowed);

        _mesh.SetStatus("api-1", CheckStatus.Critical);
        await SnapshotAsync(proxy, () => proxy.Snapshot.Endpoints[TestMesh.ClusterOf("api")].IsEmpty);

        _mesh.Register("web", 8080);
        await SnapshotAsync(proxy, () => proxy.Snapshot.Clusters.IsEmpty && proxy.Snapshot.Outbound.IsEmpty);
    }

    [Fact]
    public async Task Stream_ChangeThatShowsNowhere_SendsNothing()
    {
        _mesh.Register("api", 80);
        _mesh.Register("web", 8080, upstreams: TestMesh.To("api", 9001));
        await using var server = await TestServer.StartAsync(_mesh);
        await using var proxy = new TestProxy("web-sidecar-proxy", server.Address);
        await SnapshotAsync(proxy, () => proxy.Snapshot.Version == 1);
        var sent = server.Service.ConnectedProxies[0].Types.Sum(t => t.Sent);

        _mesh.SetStatus("api", CheckStatus.Passing, output: "other words");
        _mesh.Register("unrelated", 1);
        _mesh.Intend("a", "web", IntentionAction.Deny);
        await SnapshotAsync(proxy, () => !proxy.Snapshot.Intentions.Decide("a").Allowed);

        Assert.Equal(sent + 1, server.Service.ConnectedProxies[0].Types.Sum(t => t.Sent));
    }

    [Fact]
    public async Task Stream_RegistrationComesLater_IsWaitedFor()
    {
        await using var server = await TestServer.StartAsync(_mesh);
        await using var proxy = new TestProxy("web-sidecar-proxy", server.Address);
        await Eventually.TrueAsync(() => server.Service.ConnectedProxies.Length == 1, () => proxy.Client.State);

        _mesh.Register("web", 8080);

        await SnapshotAsync(proxy, () => proxy.Snapshot.Version == 1);
        Assert.Equal(0, proxy.Client.State.Disconnects);
    }

    [Fact]
    public async Task Stream_RegistrationNeverComes_EndsWithNotFound()
    {
        await using var server = await TestServer.StartAsync(_mesh, TestMesh.Options with { RegistrationWait = TimeSpan.Zero });

        var error = await OpenAsync(server, new DeltaRequest { Node = new ProxyNode { ProxyId = "nobody" }, Type = ResourceType.Cluster });

        Assert.Equal(StatusCode.NotFound, error.StatusCode);
        Assert.Contains("\"nobody\"", error.Status.Detail, StringComparison.Ordinal);
        Assert.Empty(server.Service.ConnectedProxies);
    }

    [Fact]
    public async Task Stream_FirstRequestWithoutNode_EndsWithInvalidArgument()
    {
        await using var server = await TestServer.StartAsync(_mesh);

        Assert.Equal(StatusCode.InvalidArgument, (await OpenAsync(server, new DeltaRequest { Type = ResourceType.Cluster })).StatusCode);
    }

    [Fact]
    public async Task Stream_UnknownType_EndsWithInvalidArgument()
    {
        _mesh.Register("web", 8080);
        await using var server = await TestServer.StartAsync(_mesh);
        var request = new DeltaRequest { Node = new ProxyNode { ProxyId = "web-sidecar-proxy" }, Type = (ResourceType)42 };

        Assert.Equal(StatusCode.InvalidArgument, (await OpenAsync(server, request)).StatusCode);
    }

    [Fact]
    public async Task Stream_SidecarDeregistered_EndsAndKeepsTheLastSnapshot()
    {
        _mesh.Register("web", 8080);
        await using var server = await TestServer.StartAsync(_mesh);
        await using var proxy = new TestProxy("web-sidecar-proxy", server.Address);
        await SnapshotAsync(proxy, () => proxy.Snapshot.Version == 1);

        _mesh.Deregister("web");

        await Eventually.TrueAsync(() => proxy.Client.State.Disconnects == 1, () => proxy.Client.State);
        Assert.Contains("deregistered", proxy.Client.State.LastError, StringComparison.Ordinal);
        Assert.Equal(1ul, proxy.Snapshot.Version);
    }

    [Fact]
    public async Task Stream_Refused_IsShownAndOthersGoOn()
    {
        _mesh.Register("web", 8080);
        await using var server = await TestServer.StartAsync(_mesh);
        await using var proxy = new TestProxy(
            "web-sidecar-proxy", s => s.Outbound.Any(l => l.Port == 9001) ? "port 9001 is taken" : null, server.Address);
        await SnapshotAsync(proxy, () => proxy.Snapshot.Version == 1);

        _mesh.Register("web", 8080, upstreams: TestMesh.To("api", 9001));
        await Eventually.TrueAsync(
            () => server.Service.ConnectedProxies is [{ Types: var types }] && types.Any(t => t.LastNackError == "port 9001 is taken"),
            () => server.Service.ConnectedProxies);
        _mesh.Intend("shop", "web", IntentionAction.Deny);
        await SnapshotAsync(proxy, () => !proxy.Snapshot.Intentions.Decide("shop").Allowed);
        Assert.Equal(1, proxy.Client.State.Rejected);
        Assert.Empty(proxy.Snapshot.Outbound);

        _mesh.Register("web", 8080, upstreams: TestMesh.To("api", 9002));
        await SnapshotAsync(proxy, () => proxy.Snapshot.Outbound is [{ Port: 9002 }]);
    }

    [Fact]
    public async Task Stream_ServerRestarts_ResumesWithTheChangesOnly()
    {
        var upstreams = Enumerable.Range(0, 50).Select(i => TestMesh.To("s" + i, 9000 + i)).ToArray();
        _mesh.Register("web", 8080, upstreams: upstreams);
        var server = await TestServer.StartAsync(_mesh);
        var port = int.Parse(server.Address.Split(':')[1]);
        await using var proxy = new TestProxy("web-sidecar-proxy", server.Address);
        await SnapshotAsync(proxy, () => proxy.Snapshot.Version == 1);
        var first = proxy.Snapshot;
        await server.DisposeAsync();
        _mesh.Register("s7", 80);

        await using var second = await TestServer.StartAsync(_mesh, port: port);
        await SnapshotAsync(proxy, () => proxy.Snapshot.Endpoints[TestMesh.ClusterOf("s7")].Length == 1);

        Assert.Equal(2, proxy.Snapshots.Count);
        Assert.Same(first.Clusters, proxy.Snapshot.Clusters);
        Assert.Equal(1, second.Service.ConnectedProxies.Single().Types.Sum(t => t.Sent));
    }

    [Fact]
    public async Task Stream_FirstServerDown_UsesAnother()
    {
        _mesh.Register("web", 8080);
        await using var server = await TestServer.StartAsync(_mesh);

        await using var proxy = new TestProxy("web-sidecar-proxy", "127.0.0.1:1", server.Address);

        await SnapshotAsync(proxy, () => proxy.Snapshot.Version == 1);
        Assert.Equal(server.Address, proxy.Client.State.Server);
    }

    [Fact]
    public async Task Stream_OneProxyReadsNothing_OthersGetTheirChanges()
    {
        _mesh.Register("web", 8080, upstreams: TestMesh.To("api", 9001));
        await using var server = await TestServer.StartAsync(_mesh);
        using var channel = GrpcChannel.ForAddress($"http://{server.Address}");
        using var stuck = new Wire.V1.Discovery.DiscoveryClient(channel).StreamDeltas();
        foreach (var type in new[] { ResourceType.Cluster, ResourceType.Endpoints, ResourceType.Listener })
        {
            await stuck.RequestStream.WriteAsync(new DeltaRequest { Node = new ProxyNode { ProxyId = "web-sidecar-proxy" }, Type = type, Subscribe = { "*" } });
        }

        await using var proxy = new TestProxy("web-sidecar-proxy", server.Address);
        for (var i = 0; i < 20; i++)
        {
            var count = i + 1;
            _mesh.Register("api", 80, "api-" + i);
            await SnapshotAsync(proxy, () => proxy.Snapshot.Endpoints.TryGetValue(TestMesh.ClusterOf("api"), out var e) && e.Length == count);
        }

        Assert.Equal(2, server.Service.ConnectedProxies.Length);
    }

    private static Task SnapshotAsync(TestProxy proxy, Func<bool> condition) =>
        Eventually.TrueAsync(condition, () => $"{proxy.Client.State} {proxy.Snapshot}");

    private static async Task<RpcException> OpenAsync(TestServer server, DeltaRequest first)
    {
        using var channel = GrpcChannel.ForAddress($"http://{server.Address}");
        using var call = new Wire.V1.Discovery.DiscoveryClient(channel).StreamDeltas();
        await call.RequestStream.WriteAsync(first);
        return await Assert.ThrowsAsync<RpcException>(async () => await call.ResponseStream.MoveNext(CancellationToken.None));
    }
}
