using System.Collections.Immutable;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.State.Catalog;
using Konsul.Mesh.State.Commands;
using static Konsul.Mesh.State.Tests.StoreFixture;

namespace Konsul.Mesh.State.Tests.Catalog;

public sealed class RegisterTests
{
    private readonly StoreFixture _fixture = new();

    private CatalogView Catalog => _fixture.View.Catalog;

    [Fact]
    public void Register_ServiceWithSidecarAndChecks_IsFoundEveryWay()
    {
        var result = _fixture.Do(new Register
        {
            Node = NodeOf(),
            Services = [Service("api", tags: ["v1"]), Sidecar("api")],
            Checks = [Check("node-up"), Check("api-tcp", "api", status: CheckStatus.Warning)],
        });

        Assert.Equal([new AllottedPort("n1", "api-sidecar-proxy", 21000)], result.Ports);
        Assert.Equal("10.0.0.1", Catalog.Node("n1")!.Address);
        Assert.Equal("api", Assert.Single(Catalog.Instances("api")).Id);
        Assert.Equal(21000, Assert.Single(Catalog.ConnectInstances("api")).Port);
        Assert.Equal(["api", "api-sidecar-proxy"], Catalog.InstancesOn("n1").Select(i => i.Id));
        Assert.Equal(["node-up", "api-tcp"], Catalog.ChecksOf("n1", "api").Select(c => c.CheckId));
        Assert.Equal(("api", "v1"), (Catalog.Check("n1", "api-tcp")!.ServiceName, Catalog.Check("n1", "api-tcp")!.ServiceTags.Single()));
        Assert.Equal(CheckStatus.Warning, Catalog.StatusOf("n1", "api"));
        Assert.Equal(CheckStatus.Passing, Catalog.StatusOf("n1", "api-sidecar-proxy"));
        Assert.Equal([("api", 1), ("api-sidecar-proxy", 1)], Catalog.Services().Select(s => (s.Name, s.Instances)));
    }

    [Fact]
    public void Register_IdenticalContentAgain_ChangesNothingAndKeepsPort()
    {
        var command = new Register { Node = NodeOf(), Services = [Service("api", tags: ["v1"]), Sidecar("api")], Checks = [Check("c", "api")] };
        _fixture.Do(command);
        var (hash, index) = (_fixture.Hash(), Catalog.ServiceIndex("api"));

        var again = _fixture.Do(command);

        Assert.False(again.Changed);
        Assert.Equal(21000, again.Ports.Single().Port);
        Assert.Equal(hash, _fixture.Hash());
        Assert.Equal(index, Catalog.ServiceIndex("api"));
        Assert.Equal(_fixture.Index, _fixture.View.Index);
    }

    [Fact]
    public void Register_ChangedTags_KeepsCreateIndexAndUpdatesChecks()
    {
        _fixture.Register(Service("api"), Check("c", "api"));
        var created = Catalog.Instance("n1", "api")!.CreateIndex;

        _fixture.Register(Service("api", tags: ["blue"]));

        var instance = Catalog.Instance("n1", "api")!;
        Assert.Equal((created, _fixture.Index), (instance.CreateIndex, instance.ModifyIndex));
        Assert.Equal(["blue"], Catalog.Check("n1", "c")!.ServiceTags);
    }

    [Fact]
    public void Register_SameIdUnderAnotherName_MovesIt()
    {
        _fixture.Register(Service("api", id: "x"));

        _fixture.Register(Service("web", id: "x"));

        Assert.False(Catalog.HasService("api"));
        Assert.Equal(_fixture.Index, Catalog.ServiceIndex("api"));
        Assert.Equal("x", Assert.Single(Catalog.Instances("web")).Id);
    }

    [Fact]
    public void Register_KeepCheckStatus_DoesNotUndoWhatTheCheckFound()
    {
        _fixture.Register(Service("api"), Check("c", "api", status: CheckStatus.Critical));
        var again = new Register { Node = NodeOf(), Services = [Service("api")], Checks = [Check("c", "api")], KeepCheckStatus = true };

        var kept = _fixture.Do(again);
        _fixture.Do(again with { KeepCheckStatus = false });

        Assert.False(kept.Changed);
        Assert.Equal(CheckStatus.Passing, Catalog.Check("n1", "c")!.Status);
    }

    [Fact]
    public void Register_ReplaceChecks_RemovesOnlyUnnamedChecksOfTheServices()
    {
        _fixture.Do(new Register
        {
            Node = NodeOf(),
            Services = [Service("api"), Service("web")],
            Checks = [Check("node"), Check("a", "api"), Check("b", "api"), Check("w", "web")],
        });

        _fixture.Do(new Register { Node = NodeOf(), Services = [Service("api")], Checks = [Check("b", "api")], ReplaceChecks = true });

        Assert.Equal(["b", "node", "w"], Catalog.Checks("n1").Select(c => c.CheckId));
    }

    [Fact]
    public void Register_CheckOfUnknownService_FailsWithoutHalfAChange()
    {
        var before = _fixture.Hash();

        var result = _fixture.Try(new Register { Node = NodeOf(), Services = [Service("api")], Checks = [Check("c", "nope")] });

        Assert.Equal(ApplyFailure.NotFound, result.Failure);
        Assert.Contains("\"nope\"", result.Reason, StringComparison.Ordinal);
        Assert.Equal(before, _fixture.Hash());
    }

    [Fact]
    public void Register_SkipNodeUpdateOfUnknownNode_Fails()
    {
        var result = _fixture.Try(new Register { Node = NodeOf("ghost"), SkipNodeUpdate = true, Services = [Service("api", node: "ghost")] });

        Assert.Equal(ApplyFailure.NotFound, result.Failure);
    }

    public static TheoryData<string, Register> Contradictions => new()
    {
        { "node", new Register { Node = NodeOf(""), Services = [] } },
        { "for the node \"n2\"", new Register { Node = NodeOf(), Services = [Service("api", node: "n2")] } },
        { "same id", new Register { Node = NodeOf(), Services = [Service("api"), Service("api")] } },
        { "port 65536", new Register { Node = NodeOf(), Services = [Service("api", port: 65536)] } },
        { "name of a service", new Register { Node = NodeOf(), Services = [Service("a\0b")] } },
        { "status 9", new Register { Node = NodeOf(), Checks = [Check("c", status: (CheckStatus)9)] } },
    };

    [Theory]
    [MemberData(nameof(Contradictions))]
    public void Register_Contradiction_IsRefusedWithASentenceThatNamesIt(string names, Register command)
    {
        var result = _fixture.Try(command);

        Assert.Equal(ApplyFailure.Invalid, result.Failure);
        Assert.Contains(names, result.Reason, StringComparison.Ordinal);
        Assert.Equal(0, Catalog.NodeCount);
    }

    [Fact]
    public void SidecarPorts_FreedAndTakenOnes_AlwaysTheLowestFree()
    {
        _fixture.Do(new Register { Node = NodeOf(), Services = [Sidecar("a"), Sidecar("b"), Service("fixed", port: 21002), Sidecar("c")] });
        _fixture.Do(new Deregister { Node = "n1", ServiceIds = ["b-sidecar-proxy"] });

        var next = _fixture.Do(new Register { Node = NodeOf(), Services = [Sidecar("d"), Sidecar("e"), Sidecar("a")] });
        var elsewhere = _fixture.Do(new Register { Node = NodeOf("n2"), Services = [Sidecar("a", "n2")] });

        Assert.Equal(21003, Catalog.Instance("n1", "c-sidecar-proxy")!.Port);
        Assert.Equal([21001, 21004, 21000], next.Ports.Select(p => p.Port));
        Assert.Equal(21000, elsewhere.Ports.Single().Port);
    }

    [Fact]
    public void SidecarPorts_RangeUsedUp_FailsClearly()
    {
        for (var i = SidecarPorts.First; i <= SidecarPorts.Last; i++)
        {
            _fixture.Do(new Register { Node = NodeOf(), Services = [Sidecar($"s{i}")] });
        }

        var result = _fixture.Try(new Register { Node = NodeOf(), Services = [Service("app"), Sidecar("app")] });

        Assert.Equal(ApplyFailure.Exhausted, result.Failure);
        Assert.Equal("No sidecar port is left on the node \"n1\": 21000-21255 are all in use.", result.Reason);
        Assert.Null(Catalog.Instance("n1", "app"));
    }
}
