using Konsul.Mesh.State.Authority;
using Konsul.Mesh.State.Commands;
using Konsul.Mesh.State.Events;
using static Konsul.Mesh.State.Tests.StoreFixture;

namespace Konsul.Mesh.State.Tests.Authority;

public sealed class RotationTests
{
    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch.AddDays(1);
    private static readonly DateTimeOffset Lapsed = Start.AddHours(72);
    private readonly StoreFixture _fixture = new();

    public RotationTests() => _fixture.Do(new InitializeCa { ClusterId = Guid.NewGuid(), Roots = [Root("r1")] });

    private CaTable Ca => _fixture.View.Ca!;

    private PublishRoot Publish(string id = "r2") => new()
    {
        Root = Root(id, active: false) with { CrossSigned = new CrossSignature(Ca.Active.Id, new byte[] { 9 }) },
        WaitUntil = Start.AddMinutes(5),
        Reason = "because",
        Cas = Ca.Revision,
    };

    private ActivateRoot Activate(string id = "r2") => new() { RootId = id, At = Start, OldTrustedUntil = Lapsed, Cas = Ca.Revision };

    [Fact]
    public void Stages_InOrder_PublishActivateRemove()
    {
        _fixture.Do(Publish());
        Assert.Equal(["r1", "r2"], Ca.Roots.Select(r => r.Id));
        Assert.Equal(("r2", "because"), (Ca.Rotation!.RootId, Ca.Rotation.Reason));

        _fixture.Do(Activate());
        Assert.Equal(["r2", "r1"], Ca.Roots.Select(r => r.Id));
        Assert.Null(Ca.Rotation);
        Assert.Equal((Start, Lapsed), (Ca.Roots[1].RotatedOutAt, Ca.Roots[1].TrustedUntil));
        Assert.NotNull(Ca.Active.CrossSigned);

        _fixture.Do(new RemoveRoot { RootId = "r1", At = Lapsed, Cas = Ca.Revision });
        Assert.Equal("r2", Assert.Single(Ca.Roots).Id);
        Assert.Null(Ca.Active.CrossSigned);
    }

    [Fact]
    public void EachStage_OnAnOldRevision_IsAConflictAndChangesNothing()
    {
        var publish = Publish();
        _fixture.Do(publish);
        var activate = Activate();
        var abandon = new AbandonRoot { RootId = "r2", Cas = Ca.Revision };
        Assert.Equal(ApplyFailure.Conflict, _fixture.Try(publish with { Root = Root("r3", active: false) }).Failure);

        _fixture.Do(activate);
        var before = _fixture.Hash();

        Assert.Equal(ApplyFailure.Conflict, _fixture.Try(activate).Failure);
        Assert.Equal(ApplyFailure.Conflict, _fixture.Try(abandon).Failure);
        Assert.Equal(ApplyFailure.Conflict, _fixture.Try(publish with { Root = Root("r3", active: false) }).Failure);
        Assert.Equal(ApplyFailure.Conflict, _fixture.Try(new RemoveRoot { RootId = "r1", At = Lapsed, Cas = abandon.Cas }).Failure);
        Assert.Equal(before, _fixture.Hash());
    }

    [Fact]
    public void PublishRoot_WhileAnotherWaits_IsAConflict()
    {
        _fixture.Do(Publish());

        Assert.Equal(ApplyFailure.Conflict, _fixture.Try(Publish("r3")).Failure);
    }

    [Fact]
    public void PublishRoot_ActiveOrKnown_IsRefused()
    {
        Assert.Equal(ApplyFailure.Invalid, _fixture.Try(Publish() with { Root = Root("r2") }).Failure);
        Assert.Equal(ApplyFailure.Invalid, _fixture.Try(Publish("r1")).Failure);
        Assert.Null(Ca.Rotation);
    }

    [Fact]
    public void AbandonRoot_BeforeActivation_LeavesTheOldOneAlone_AndNotAfter()
    {
        _fixture.Do(Publish());
        _fixture.Do(new AbandonRoot { RootId = "r2", Cas = Ca.Revision });
        Assert.Equal(("r1", null), (Assert.Single(Ca.Roots).Id, Ca.Rotation));

        _fixture.Do(Publish("r3"));
        _fixture.Do(Activate("r3"));
        Assert.Equal(ApplyFailure.Conflict, _fixture.Try(new AbandonRoot { RootId = "r3", Cas = Ca.Revision }).Failure);
    }

    [Fact]
    public void RemoveRoot_ActiveOrPendingOrTooEarly_IsRefused()
    {
        _fixture.Do(Publish());
        Assert.Equal(ApplyFailure.Invalid, _fixture.Try(Remove("r1", Lapsed)).Failure);
        Assert.Equal(ApplyFailure.Invalid, _fixture.Try(Remove("r2", Lapsed)).Failure);
        _fixture.Do(Activate());

        Assert.Equal(ApplyFailure.Invalid, _fixture.Try(Remove("r1", Lapsed.AddTicks(-1))).Failure);
        Assert.Equal(ApplyFailure.NotFound, _fixture.Try(Remove("r9", Lapsed)).Failure);
        Assert.Equal(2, Ca.Roots.Length);
    }

    [Fact]
    public void PublishRoot_ToManyTrusted_IsAConflict()
    {
        for (var i = 2; i <= 8; i++)
        {
            _fixture.Do(Publish($"r{i}"));
            _fixture.Do(Activate($"r{i}"));
        }

        Assert.Equal(ApplyFailure.Conflict, _fixture.Try(Publish("r9")).Failure);
        Assert.Equal("r8", Ca.Active.Id);
    }

    [Fact]
    public void SetCaConfig_ShorterLeaves_TheActiveRootRemembersTheLongest()
    {
        Configure(TimeSpan.FromHours(10), before: TimeSpan.FromHours(72));
        Configure(TimeSpan.FromHours(1), before: TimeSpan.FromHours(10));
        Assert.Equal(TimeSpan.FromHours(72), Ca.Active.LongestLeaf);
        Assert.Equal(TimeSpan.FromHours(1), Ca.Config!.LeafCertTtl);

        _fixture.Do(Publish());
        _fixture.Do(Activate());

        Assert.Equal(TimeSpan.FromHours(1), Ca.Active.LongestLeaf);
        Assert.Equal(ApplyFailure.Invalid, _fixture.Try(new SetCaConfig { Config = new CaConfig { LeafCertTtl = TimeSpan.Zero }, LeafCertTtlBefore = default, Cas = Ca.Revision }).Failure);
    }

    [Fact]
    public void EveryStage_ThroughASnapshot_IsTheSame()
    {
        foreach (var command in (Func<Command>[])[() => Publish(), () => Activate(), () => Remove("r1", Lapsed)])
        {
            _fixture.Do(command());
            var restored = new StateStore();
            using var snapshot = new MemoryStream();
            StateStore.WriteSnapshot(_fixture.View, snapshot);
            snapshot.Position = 0;

            restored.Restore(snapshot);

            Assert.Equal(_fixture.Hash(), StateHash.Compute(restored.View));
            Assert.Equal(StateDigest.Of(_fixture.View), StateDigest.Of(restored.View));
            Assert.Equal(Ca.Rotation, restored.View.Ca!.Rotation);
        }
    }

    [Fact]
    public void Table_OfAnEarlierProgram_IsWrittenWithoutTheNewMembers()
    {
        var json = System.Text.Json.JsonSerializer.Serialize(Ca, StateJson.Default.CaTable);

        Assert.All((string[])["Config", "Rotation", "RotatedOutAt", "TrustedUntil", "LongestLeaf", "CrossSigned"], name => Assert.DoesNotContain(name, json, StringComparison.Ordinal));
    }

    [Fact]
    public void EveryStage_WakesWhoWatchesTheRoots()
    {
        foreach (var command in (Func<Command>[])[() => Publish(), () => Activate(), () => Remove("r1", Lapsed)])
        {
            using var watch = _fixture.Store.Watch(Topic.CaRoots);
            _fixture.Do(command());
            Assert.True(watch.HasFired);
        }
    }

    private RemoveRoot Remove(string id, DateTimeOffset at) => new() { RootId = id, At = at, Cas = Ca.Revision };

    private void Configure(TimeSpan leaf, TimeSpan before) =>
        _fixture.Do(new SetCaConfig { Config = new CaConfig { LeafCertTtl = leaf }, LeafCertTtlBefore = before, Cas = Ca.Revision });
}
