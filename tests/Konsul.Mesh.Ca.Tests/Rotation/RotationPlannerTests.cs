using System.Collections.Immutable;
using Konsul.Mesh.Ca.Rotation;
using Konsul.Mesh.TestKit;

namespace Konsul.Mesh.Ca.Tests.Rotation;

public sealed class RotationPlannerTests
{
    private static readonly DateTimeOffset Start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly RotationPolicy Policy = new();
    private readonly ManualTimeProvider _time = new(Start);
    private RotationRoot _active = new("r1", Start, Start.AddDays(3650));
    private PendingRoot? _pending;
    private ImmutableArray<RotationRoot> _retired = [];
    private bool _everybody;

    [Fact]
    public void Next_FourFifthsOfALongLife_AsksForTheNextRoot()
    {
        _time.SetUtcNow(Start.AddDays(3650 * 0.8).AddSeconds(-1));
        var early = Next();
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal((RotationAction.Wait, Start.AddDays(3650 * 0.8)), (early.Action, early.Until));
        Assert.Equal(RotationAction.Publish, Next().Action);
    }

    [Theory]
    [InlineData(100, 10, 0.8 * 100)]
    [InlineData(40, 10, 20)]
    [InlineData(10, 10, 5)]
    public void RenewAt_ShortLife_LeavesRoomForTwoLeavesButNeverTheFirstHalf(double rootHours, double leafHours, double expectedHours)
    {
        var policy = new RotationPolicy { LeafLifetime = TimeSpan.FromHours(leafHours), PublishWait = TimeSpan.Zero, Skew = TimeSpan.Zero };
        var at = policy.RenewAt(new RotationRoot("r", Start, Start.AddHours(rootHours)));

        Assert.Equal(Start.AddHours(Math.Min(expectedHours, rootHours - Math.Min(2 * leafHours, rootHours / 2))), at);
    }

    [Fact]
    public void Next_Published_WaitsForEverybodyThenForTheTimeToBeOver()
    {
        Publish();
        Assert.Equal(RotationAction.Wait, Next().Action);
        _everybody = true;
        Assert.Equal(RotationAction.Wait, Next().Action);
        _time.Advance(RotationPlanner.Settle);
        Assert.Equal((RotationAction.Activate, "r2"), (Next().Action, Next().RootId));

        _everybody = false;
        Assert.Equal((RotationAction.Wait, _pending!.WaitUntil), (Next().Action, Next().Until));
        _time.SetUtcNow(_pending.WaitUntil);
        Assert.Equal(RotationAction.Activate, Next().Action);
    }

    [Fact]
    public void Next_OldRoot_IsRemovedWhenItsLastLeafHasLapsedAndNotBefore()
    {
        Publish();
        _everybody = true;
        _time.Advance(RotationPlanner.Settle);
        Activate();
        var lapsed = _time.GetUtcNow() + Policy.LeafLifetime + Policy.Skew;

        _time.SetUtcNow(lapsed.AddTicks(-1));
        Assert.Equal((RotationAction.Wait, lapsed), (Next().Action, Next().Until));
        _time.SetUtcNow(lapsed);
        Assert.Equal((RotationAction.Remove, "r1"), (Next().Action, Next().RootId));
    }

    [Fact]
    public void TrustUntil_RootThatEndsSoon_IsNotTrustedBeyondItsEnd()
    {
        var old = new RotationRoot("r1", Start, Start.AddHours(1));

        Assert.Equal(old.NotAfter + Policy.Skew, Policy.TrustUntil(old, Start));
    }

    [Fact]
    public void Next_TooManyRootsTrusted_MakesNoOtherBeforeOneIsRemoved()
    {
        _time.SetUtcNow(_active.NotAfter.AddDays(-1));
        _retired = [.. Enumerable.Range(0, RotationPlanner.MaxRoots - 1).Select(i => new RotationRoot($"old{i}", Start, _active.NotAfter, _active.NotAfter))];

        Assert.Equal((RotationAction.Wait, _active.NotAfter), (Next().Action, Next().Until));
    }

    /// <summary>Half a century in steps of at most six hours: at no time is there a leaf whose root is not trusted.</summary>
    [Theory]
    [InlineData(3650, 72)]
    [InlineData(30, 72)]
    [InlineData(13, 72)]
    [InlineData(2, 1)]
    public void Next_ThroughManyLives_EveryLeafIsTrustedUntilItLapses(double rootDays, double leafHours)
    {
        var policy = Policy with { LeafLifetime = TimeSpan.FromHours(leafHours) };
        _active = new RotationRoot("r0", Start, Start.AddDays(rootDays));
        var leaves = new List<(string Root, DateTimeOffset NotAfter)>();
        var made = 0;
        var most = 0;
        var end = Start.AddDays(rootDays * 5);
        while (_time.GetUtcNow() < end)
        {
            for (var step = RotationPlanner.Next(Facts(), policy); step.Action != RotationAction.Wait; step = RotationPlanner.Next(Facts(), policy))
            {
                Do(step, policy, $"r{++made}", TimeSpan.FromDays(rootDays));
            }

            var now = _time.GetUtcNow();
            Assert.True(now + LeafPolicy.MinLifetime < _active.NotAfter, $"{now:u}: the root that signs ends at {_active.NotAfter:u}");
            leaves.RemoveAll(l => l.NotAfter <= now);
            var leaf = now + policy.LeafLifetime;
            leaves.Add((_active.Id, leaf < _active.NotAfter ? leaf : _active.NotAfter));
            var trusted = _retired.Select(r => r.Id).Append(_active.Id).ToHashSet();
            Assert.All(leaves, l => Assert.Contains(l.Root, trusted));
            most = Math.Max(most, trusted.Count);
            _everybody = !_everybody;
            _time.Advance(TimeSpan.FromMinutes(Math.Min(360, leafHours * 6)));
        }

        Assert.InRange(made, 4, 60);
        Assert.InRange(most, 2, 3);
    }

    private RotationFacts Facts() => new() { Now = _time.GetUtcNow(), Active = _active, Pending = _pending, Retired = _retired, EverybodyHasIt = _everybody };

    private RotationStep Next() => RotationPlanner.Next(Facts(), Policy);

    private void Publish() => _pending = new PendingRoot("r2", _time.GetUtcNow(), _time.GetUtcNow() + Policy.PublishWait);

    private void Activate()
    {
        _retired = _retired.Add(_active with { TrustedUntil = Policy.TrustUntil(_active, _time.GetUtcNow()) });
        (_active, _pending) = (new RotationRoot("r2", Start, Start.AddDays(3650)), null);
    }

    private void Do(RotationStep step, RotationPolicy policy, string next, TimeSpan life)
    {
        var now = _time.GetUtcNow();
        switch (step.Action)
        {
            case RotationAction.Publish:
                _pending = new PendingRoot(next, now, now + policy.PublishWait);
                break;
            case RotationAction.Activate:
                _retired = _retired.Add(_active with { TrustedUntil = policy.TrustUntil(_active, now) });
                (_active, _pending) = (new RotationRoot(step.RootId, _pending!.PublishedAt, _pending.PublishedAt + life), null);
                break;
            default:
                _retired = _retired.RemoveAll(r => r.Id == step.RootId);
                break;
        }
    }
}
