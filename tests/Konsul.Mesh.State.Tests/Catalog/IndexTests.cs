using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.State.Catalog;
using Konsul.Mesh.State.Commands;
using static Konsul.Mesh.State.Tests.StoreFixture;

namespace Konsul.Mesh.State.Tests.Catalog;

public sealed class IndexTests
{
    private readonly StoreFixture _fixture = new();

    private CatalogView Catalog => _fixture.View.Catalog;

    [Fact]
    public void Indexes_EmptyState_AreOneNeverZero()
    {
        Assert.Equal(1UL, Catalog.ServiceIndex("api"));
        Assert.Equal(1UL, Catalog.ConnectIndex("api"));
        Assert.Equal((1UL, 1UL, 1UL), (Catalog.NodesIndex, Catalog.ServicesIndex, Catalog.ChecksIndex));
        Assert.Equal((1UL, 1UL, 1UL), (_fixture.View.Kv.Index, _fixture.View.Kv.PrefixIndex("a"), _fixture.View.Intentions.Index));
    }

    [Fact]
    public void ServiceIndex_CheckOfOneService_MovesThatServiceOnly()
    {
        _fixture.Register(Service("api"), Check("c", "api"));
        _fixture.Register(Service("web"));
        var web = Catalog.ServiceIndex("web");
        var services = Catalog.ServicesIndex;

        _fixture.Do(new UpdateChecks { Updates = [new CheckUpdate { Node = "n1", CheckId = "c", Status = CheckStatus.Critical, Output = "refused" }] });

        Assert.Equal(_fixture.Index, Catalog.ServiceIndex("api"));
        Assert.Equal(_fixture.Index, Catalog.ChecksIndex);
        Assert.Equal(_fixture.Index, Catalog.NodeIndex("n1"));
        Assert.Equal(web, Catalog.ServiceIndex("web"));
        Assert.Equal(services, Catalog.ServicesIndex);
    }

    [Fact]
    public void ServiceIndex_NodeLevelCheckOrNodeData_MovesEveryServiceOnTheNode()
    {
        _fixture.Do(new Register { Node = NodeOf(), Services = [Service("api"), Sidecar("api")], Checks = [Check("up")] });
        _fixture.Register(Service("web", node: "n2"));
        var web = Catalog.ServiceIndex("web");

        _fixture.Do(new UpdateChecks { Updates = [new CheckUpdate { Node = "n1", CheckId = "up", Status = CheckStatus.Critical }] });
        var afterCheck = (Catalog.ServiceIndex("api"), Catalog.ConnectIndex("api"));
        var checkIndex = _fixture.Index;
        _fixture.Do(new Register { Node = NodeOf("n1", "10.9.9.9") });

        Assert.Equal((checkIndex, checkIndex), afterCheck);
        Assert.Equal((_fixture.Index, _fixture.Index), (Catalog.ServiceIndex("api"), Catalog.ConnectIndex("api")));
        Assert.Equal(web, Catalog.ServiceIndex("web"));
    }

    [Fact]
    public void ServiceIndex_WithoutInstances_IsTheLastExtinction()
    {
        _fixture.Register(Service("api"));
        _fixture.Register(Service("web"));
        _fixture.Do(new Deregister { Node = "n1", ServiceIds = ["web"] });
        var extinction = _fixture.Index;
        _fixture.Register(Service("api", id: "api2"));

        Assert.Equal(extinction, Catalog.ServiceIndex("web"));
        Assert.Equal(extinction, Catalog.ServiceIndex("never-seen"));
        Assert.Equal(_fixture.Index, Catalog.ServiceIndex("api"));
    }

    [Fact]
    public void ServiceIndex_OneOfTwoInstancesGoes_IsNoExtinction()
    {
        _fixture.Register(Service("api", id: "a1"));
        _fixture.Register(Service("api", id: "a2"));

        _fixture.Do(new Deregister { Node = "n1", ServiceIds = ["a1"] });

        Assert.Equal(_fixture.Index, Catalog.ServiceIndex("api"));
        Assert.Equal(1UL, Catalog.ServiceIndex("never-seen"));
    }

    [Fact]
    public void Deregister_Service_TakesItsChecksAndConnectEntry()
    {
        _fixture.Do(new Register { Node = NodeOf(), Services = [Service("api"), Sidecar("api")], Checks = [Check("c", "api"), Check("s", "api-sidecar-proxy"), Check("up")] });

        _fixture.Do(new Deregister { Node = "n1", ServiceIds = ["api", "api-sidecar-proxy"] });

        Assert.Equal(["up"], Catalog.Checks("n1").Select(c => c.CheckId));
        Assert.Empty(Catalog.ConnectInstances("api"));
        Assert.Empty(Catalog.Services());
        Assert.Equal(_fixture.Index, Catalog.ConnectIndex("api"));
    }

    [Fact]
    public void Deregister_Node_TakesEverythingOnIt()
    {
        _fixture.Do(new Register { Node = NodeOf(), Services = [Service("api"), Sidecar("api")], Checks = [Check("c", "api"), Check("up")] });
        _fixture.Register(Service("api", node: "n2"));

        var result = _fixture.Do(new Deregister { Node = "n1" });

        Assert.True(result.Changed);
        Assert.Equal(["n2"], Catalog.Nodes.Select(n => n.Name));
        Assert.Equal("n2", Assert.Single(Catalog.AllInstances).Node);
        Assert.Empty(Catalog.AllChecks);
        Assert.Equal(_fixture.Index, Catalog.NodesIndex);
    }

    [Fact]
    public void Deregister_Unknown_SucceedsAndChangesNothing()
    {
        _fixture.Register(Service("api"));

        Assert.False(_fixture.Do(new Deregister { Node = "ghost" }).Changed);
        Assert.False(_fixture.Do(new Deregister { Node = "n1", ServiceIds = ["x"], CheckIds = ["y"] }).Changed);
    }

    [Fact]
    public void UpdateChecks_MissingOnes_ArePassedOverUnlessAllAre()
    {
        _fixture.Register(Service("api"), Check("c", "api"));
        var gone = new CheckUpdate { Node = "n1", CheckId = "gone", Status = CheckStatus.Passing };

        var some = _fixture.Do(new UpdateChecks { Updates = [gone, gone with { CheckId = "c", Status = CheckStatus.Warning }] });
        var none = _fixture.Try(new UpdateChecks { Updates = [gone] });

        Assert.True(some.Changed);
        Assert.Equal(CheckStatus.Warning, Catalog.Check("n1", "c")!.Status);
        Assert.Equal(ApplyFailure.NotFound, none.Failure);
    }

    [Fact]
    public void UpdateChecks_SameStatusAndOutput_MovesNoIndex()
    {
        _fixture.Register(Service("api"), Check("c", "api"));
        var index = Catalog.ServiceIndex("api");

        var result = _fixture.Do(new UpdateChecks { Updates = [new CheckUpdate { Node = "n1", CheckId = "c", Status = CheckStatus.Passing }] });

        Assert.False(result.Changed);
        Assert.Equal(index, Catalog.ServiceIndex("api"));
    }

    [Fact]
    public void ConnectInstances_NativeService_IsItsOwnEntry()
    {
        _fixture.Register(Service("native") with { ConnectNative = true });

        Assert.Equal("native", Assert.Single(Catalog.ConnectInstances("native")).Id);
        Assert.Equal(_fixture.Index, Catalog.ConnectIndex("native"));
    }
}
