using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Server.HealthChecks;
using Konsul.Mesh.State;
using Konsul.Mesh.State.Commands;
using Konsul.Mesh.TestKit;

namespace Konsul.Mesh.Server.Tests.HealthChecks;

public sealed class SidecarLivenessTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly StateStore _store = new();
    private readonly SidecarLiveness _liveness;
    private ulong _index;

    public SidecarLivenessTests()
    {
        _liveness = new SidecarLiveness(_time);
        Apply(new Register
        {
            Node = new Node { Name = "n", Address = "10.0.0.1" },
            Services =
            [
                new ServiceInstance { Node = "n", Id = "web", Name = "web" },
                new ServiceInstance { Node = "n", Id = "s", Name = "s", Kind = ServiceKind.ConnectProxy, Port = 1, Proxy = new ProxyRegistration { DestinationServiceName = "web" } },
            ],
        });
    }

    [Fact]
    public void Look_FirstSeen_GetsACheck_OthersDoNot()
    {
        var (missing, stale) = Look(TimeSpan.Zero, "s", "web", "unknown");

        Assert.Equal(["sidecar:s"], missing.Select(c => c.CheckId));
        Assert.Empty(stale);
    }

    [Fact]
    public void Look_Lost_IsCriticalAfterItsTimeAndPassingAtOnceWhenBack()
    {
        Introduce();

        _time.Advance(SidecarLiveness.LostAfter - TimeSpan.FromSeconds(1));
        Assert.Empty(Look(TimeSpan.FromMinutes(1)).Stale);
        _time.Advance(TimeSpan.FromSeconds(1));
        var lost = Assert.Single(Look(TimeSpan.FromMinutes(1)).Stale);
        Apply(new UpdateChecks { Updates = [lost] });

        Assert.Equal(CheckStatus.Critical, lost.Status);
        Assert.Empty(Look(TimeSpan.FromMinutes(1)).Stale);
        Assert.Equal(CheckStatus.Passing, Assert.Single(Look(TimeSpan.FromMinutes(1), "s").Stale).Status);
    }

    [Fact]
    public void Look_NewLeaderThatHasNeverSeenIt_WaitsLonger()
    {
        Introduce();
        _liveness.Forget();

        _time.Advance(TimeSpan.FromMinutes(5));
        Assert.Empty(Look(SidecarLiveness.UnseenFor - TimeSpan.FromSeconds(1)).Stale);

        Assert.Single(Look(SidecarLiveness.UnseenFor).Stale);
    }

    private void Introduce() => Apply(new Register
    {
        Node = new Node { Name = "n", Address = "" },
        SkipNodeUpdate = true,
        Checks = [.. Look(TimeSpan.Zero, "s").Missing],
    });

    private (IReadOnlyList<HealthCheck> Missing, IReadOnlyList<CheckUpdate> Stale) Look(TimeSpan led, params string[] connected) =>
        _liveness.Look(_store.View.Catalog, connected.Select(id => new ProxyKey("n", id)).ToHashSet(), led);

    private void Apply(Command command) => Assert.True(_store.Apply(++_index, CommandCodec.Encode(command)).Success);
}
