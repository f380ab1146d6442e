using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.State.Commands;
using Konsul.Mesh.State.Events;
using Konsul.Mesh.TestKit;
using static Konsul.Mesh.State.Tests.StoreFixture;

namespace Konsul.Mesh.State.Tests.Events;

public sealed class WatchTests
{
    private readonly StoreFixture _fixture = new();

    private StateStore Store => _fixture.Store;

    [Fact]
    public void Watch_CheckOfAService_WakesThatServiceAndItsWatchersOnly()
    {
        _fixture.Register(Service("api"), Check("c", "api"));
        _fixture.Register(Service("web"));
        Topic[] touched = [Topic.Service("api"), Topic.Checks, Topic.Node("n1")];
        Topic[] untouched =
        [
            Topic.Service("web"), Topic.Services, Topic.Nodes, Topic.Connect("api"), Topic.Proxy("n1", "api"), Topic.Intentions, Topic.CaRoots, Topic.KvPrefix(""),
        ];
        using var watches = new Watches(Store, [.. touched, .. untouched]);

        _fixture.Do(new UpdateChecks { Updates = [new CheckUpdate { Node = "n1", CheckId = "c", Status = CheckStatus.Critical }] });

        Assert.Equal(touched, watches.Fired);
        Assert.Equal(touched.Length, Store.Wakeups);
    }

    [Fact]
    public void Watch_SidecarRegistration_WakesConnectAndProxy()
    {
        using var watches = new Watches(Store, Topic.Connect("api"), Topic.Proxy("n1", "api-sidecar-proxy"), Topic.Service("api"), Topic.Services, Topic.Connect("web"));

        _fixture.Register(Sidecar("api"));

        Assert.Equal([Topic.Connect("api"), Topic.Proxy("n1", "api-sidecar-proxy"), Topic.Services], watches.Fired);
    }

    [Fact]
    public void Watch_KvPrefix_WakesForKeysUnderItOnly()
    {
        using var watches = new Watches(
            Store, Topic.KvPrefix("a/b"), Topic.KvPrefix("a/"), Topic.KvPrefix(""), Topic.KvPrefix("a/bc"), Topic.KvPrefix("b"), Topic.KvKey("a/b"), Topic.KvKey("a/"));

        _fixture.Set("a/b", "1");

        Assert.Equal([Topic.KvPrefix("a/b"), Topic.KvPrefix("a/"), Topic.KvPrefix(""), Topic.KvKey("a/b")], watches.Fired);
    }

    [Fact]
    public void Watch_RecursiveDelete_WakesKeysUnderIt()
    {
        _fixture.Set("a/1", "1");
        _fixture.Set("b", "1");
        using var watches = new Watches(Store, Topic.KvKey("a/1"), Topic.KvKey("b"), Topic.KvPrefix("a/1"), Topic.KvPrefix("b"));

        _fixture.Do(new KvDelete { Key = "a", Recurse = true });

        Assert.Equal([Topic.KvKey("a/1"), Topic.KvPrefix("a/1")], watches.Fired);
    }

    [Fact]
    public void Watch_WildcardIntention_WakesEveryDestination()
    {
        using var exact = new Watches(Store, Topic.IntentionsFor("api"), Topic.IntentionsFor("web"));
        _fixture.Do(new UpsertIntention { Intention = IntentionOf("web", "api") });
        var afterExact = exact.Fired;
        using var wild = new Watches(Store, Topic.IntentionsFor("api"), Topic.IntentionsFor("web"), Topic.Intentions);

        _fixture.Do(new UpsertIntention { Intention = IntentionOf("web", "*") });

        Assert.Equal([Topic.IntentionsFor("api")], afterExact);
        Assert.Equal(3, wild.Fired.Length);
    }

    [Fact]
    public void Watch_WriteOfTheSame_WakesNobody()
    {
        _fixture.Set("a", "1");
        using var watches = new Watches(Store, Topic.KvKey("a"), Topic.KvPrefix(""));

        _fixture.Set("a", "1");
        _fixture.Try(new Batch { Commands = [new KvSet { Key = "a", Value = new byte[] { 9 } }, new KvSet { Key = "" }] });

        Assert.Empty(watches.Fired);
        Assert.Equal(0, Store.Wakeups);
    }

    [Fact]
    public async Task Watch_ArmedBeforeRead_SeesAChangeInBetween()
    {
        using var watch = Store.Watch(Topic.KvKey("a"));
        var seen = Store.View;

        _fixture.Set("a", "1");
        await watch.WaitAsync(TestContext.Current.CancellationToken);

        Assert.Null(seen.Kv.Get("a"));
        Assert.NotNull(Store.View.Kv.Get("a"));
    }

    [Fact]
    public async Task WaitAsync_TimeoutAndCancellation_EndTheWait()
    {
        var time = new ManualTimeProvider();
        using var watch = Store.Watch(Topic.KvKey("a"));
        using var cancelled = new CancellationTokenSource();

        var timed = watch.WaitAsync(TimeSpan.FromMinutes(5), time, CancellationToken.None);
        var waiting = watch.WaitAsync(cancelled.Token);
        time.Advance(TimeSpan.FromMinutes(5));
        await cancelled.CancelAsync();

        Assert.False(await timed);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    [Fact]
    public void Watch_Disposed_LeavesNothingBehind()
    {
        var watches = new Watches(Store, Topic.KvPrefix("a"), Topic.KvPrefix("b"), Topic.Intentions, Topic.IntentionsFor("x"));
        var waiting = Store.Waiting;

        watches.Dispose();
        watches.Dispose();

        Assert.Equal((4, 0), (waiting, Store.Waiting));
        _fixture.Set("a", "1");
        Assert.Equal(0, Store.Wakeups);
    }

    [Fact]
    public void Watch_TenThousandWaiters_AChangeWakesItsOwnOnly()
    {
        using var watches = new Watches(Store, [.. Enumerable.Range(0, 10_000).Select(i => Topic.Service($"s{i % 100}"))]);

        _fixture.Register(Service("s7"));

        Assert.Equal(100, Store.Wakeups);
        Assert.All(watches.Fired, topic => Assert.Equal(Topic.Service("s7"), topic));
    }

    [Fact]
    public void Restore_AnyWatch_Wakes()
    {
        _fixture.Set("a", "1");
        using var snapshot = new MemoryStream();
        StateStore.WriteSnapshot(_fixture.View, snapshot);
        snapshot.Position = 0;
        StateChange? change = null;
        Store.Changed += c => change = c;
        using var watches = new Watches(Store, Topic.KvKey("zzz"), Topic.CaRoots);

        Store.Restore(snapshot);

        Assert.Equal(2, watches.Fired.Length);
        Assert.True(change!.Restored);
    }

    [Fact]
    public void Changed_EachCommand_NamesTopicsWithTheViewsBeforeAndAfter()
    {
        var changes = new List<StateChange>();
        Store.Changed += changes.Add;

        _fixture.Set("a", "1");
        _fixture.Set("a", "1");

        var change = Assert.Single(changes);
        Assert.Equal([Topic.KvKey("a")], change.Topics);
        Assert.Null(change.Before.Kv.Get("a"));
        Assert.NotNull(change.After.Kv.Get("a"));
    }

    private sealed class Watches(StateStore store, params Topic[] topics) : IDisposable
    {
        private readonly (Topic Topic, StateWatch Watch)[] _armed = [.. topics.Select(t => (t, store.Watch(t)))];

        public Topic[] Fired => [.. _armed.Where(a => a.Watch.HasFired).Select(a => a.Topic)];

        public void Dispose() => Array.ForEach(_armed, a => a.Watch.Dispose());
    }
}
