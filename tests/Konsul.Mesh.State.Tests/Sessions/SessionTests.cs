using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Model.Sessions;
using Konsul.Mesh.State.Commands;
using Konsul.Mesh.State.Deadlines;
using Konsul.Mesh.State.Events;
using static Konsul.Mesh.State.Tests.StoreFixture;

namespace Konsul.Mesh.State.Tests.Sessions;

public sealed class SessionTests
{
    private readonly StoreFixture _fixture = new();

    public SessionTests()
    {
        _fixture.Register(Service("api"), Check("node", ""), Check("api", "api"));
        _fixture.Do(new Register { Node = NodeOf("n2") });
    }

    [Fact]
    public void Create_Good_IsListedEverywhereWithIndexes()
    {
        Create("s1");
        var created = _fixture.Index;
        Create("s2", node: "n2", checks: []);

        var view = _fixture.View.Sessions;
        Assert.Equal((created, created, created + 1), (view.Get("", "s1")!.CreateIndex, view.Get("", "s1")!.ModifyIndex, view.Index));
        Assert.Equal(["s1", "s2"], view.List("").Select(s => s.Id));
        Assert.Equal(["s2"], view.OnNode("", "n2").Select(s => s.Id));
        Assert.Empty(view.OnNode("", "n3"));
    }

    [Theory]
    [InlineData("ghost", "node", "Missing node registration")]
    [InlineData("n1", "ghost", "Missing check 'ghost' registration")]
    [InlineData("n1", "bad", "Check 'bad' is in critical state")]
    public void Create_WhatItHangsOnIsNotThere_IsRefusedInConsulsWords(string node, string check, string reason)
    {
        _fixture.Register(Service("api"), Check("bad", "api", status: CheckStatus.Critical));

        var result = _fixture.Try(new CreateSession { Session = new Session { Id = "s", Node = node, NodeChecks = [check] } });

        Assert.Equal((ApplyFailure.Invalid, reason), (result.Failure, result.Reason));
        Assert.Empty(_fixture.View.Sessions.List(""));
    }

    [Fact]
    public void Create_LockDelayOverAMinute_IsCutToIt()
    {
        Create("s", delay: TimeSpan.FromHours(1));

        Assert.Equal(TimeSpan.FromSeconds(60), _fixture.View.Sessions.Get("", "s")!.LockDelay);
    }

    public static TheoryData<string> Ends => ["destroy", "check critical", "check gone", "service gone", "node gone", "service check critical", "expired"];

    [Theory]
    [MemberData(nameof(Ends))]
    public void End_AnyWay_FreesItsKeysAndTellsTheirWatchers(string how)
    {
        Create("s", checks: ["node"], serviceChecks: ["api"], ttl: TimeSpan.FromSeconds(10));
        Lock("k", "s");
        var locked = _fixture.Index;
        using var watch = _fixture.Store.Watch(Topic.KvPrefix("k"), Topic.Session("s"));

        End(how);

        var entry = _fixture.View.Kv.Get("k")!;
        Assert.Null(_fixture.View.Sessions.Get("", "s"));
        Assert.Equal(("", 1UL, _fixture.Index), (entry.Session, entry.LockIndex, entry.ModifyIndex));
        Assert.True(locked < entry.ModifyIndex);
        Assert.True(watch.HasFired);
        Assert.True(_fixture.View.Sessions.Tables.ByCheck.IsEmpty && _fixture.View.Sessions.Tables.ByNode.IsEmpty && _fixture.View.Sessions.Tables.Held.IsEmpty);
        Assert.Equal([DeadlineKind.LockDelay], _fixture.View.Deadlines.Select(d => d.Kind));
    }

    [Theory]
    [InlineData("warning")]
    [InlineData("other check critical")]
    [InlineData("check moved")]
    [InlineData("registered again")]
    [InlineData("other node gone")]
    public void Change_ThatIsNoneOfIts_LeavesItAlone(string what)
    {
        Create("s", checks: ["node"], serviceChecks: ["api"]);
        Command command = what switch
        {
            "warning" => Update("node", CheckStatus.Warning),
            "other check critical" => new Register { Node = NodeOf(), Checks = [Check("other", status: CheckStatus.Critical)] },
            "check moved" => new Register { Node = NodeOf(), Services = [Service("web")], Checks = [Check("api", "web")] },
            "registered again" => new Register { Node = NodeOf(), Services = [Service("api", port: 81)], Checks = [Check("api", "api")] },
            _ => new Deregister { Node = "n2" },
        };

        _fixture.Do(command);

        Assert.NotNull(_fixture.View.Sessions.Get("", "s"));
    }

    [Fact]
    public void End_BehaviorDelete_DeletesItsKeysAndNoOthers()
    {
        Create("s", behavior: SessionBehavior.Delete);
        Lock("mine", "s");
        Lock("given back", "s");
        _fixture.Do(new KvUnlock { Key = "given back", Session = "s" });
        _fixture.Set("other", "v");

        End("destroy");

        Assert.Equal(["given back", "other"], _fixture.View.Kv.Keys(""));
    }

    [Fact]
    public void Destroy_Unknown_ChangesNothing() => Assert.False(_fixture.Do(new DestroySession { Key = "none" }).Changed);

    [Fact]
    public void Renew_WithTtl_BeginsItsTimeAnewAndMovesNoIndexOfSessions()
    {
        Create("s", ttl: TimeSpan.FromSeconds(10));
        var (index, before) = (_fixture.View.Sessions.Index, Assert.Single(_fixture.View.Deadlines));

        _fixture.Do(new RenewSession { Key = "s" });

        var after = Assert.Single(_fixture.View.Deadlines);
        Assert.Equal((TimeSpan.FromSeconds(20), index), (after.After, _fixture.View.Sessions.Index));
        Assert.True(after.Since > before.Since);
        Assert.Equal(ApplyFailure.NotFound, _fixture.Try(new RenewSession { Key = "none" }).Failure);
    }

    [Fact]
    public void Expire_RenewedSince_PassesItOver()
    {
        Create("s", ttl: TimeSpan.FromSeconds(10));
        var old = Assert.Single(_fixture.View.Deadlines);
        _fixture.Do(new RenewSession { Key = "s" });

        Assert.False(_fixture.Do(new Expire { Due = [old] }).Changed);
        Assert.NotNull(_fixture.View.Sessions.Get("", "s"));
        _fixture.Do(new Expire { Due = [.. _fixture.View.Deadlines] });
        Assert.Null(_fixture.View.Sessions.Get("", "s"));
    }

    [Fact]
    public void Namespaces_SameIdAndKey_AreApart()
    {
        Create("s");
        Create("s", ns: "team");
        Lock("k", "s");
        Lock("\0team\0k", "s");
        Assert.False(_fixture.Try(new KvLock { Key = "\0other\0k", Session = "s" }).Success);

        End("destroy");

        Assert.Equal("", _fixture.View.Kv.Get("k")!.Session);
        Assert.Equal(("s", "team", "k"), (Held("\0team\0k").Session, Held("\0team\0k").Namespace, Held("\0team\0k").Key));
        Assert.Empty(_fixture.View.Sessions.List(""));
        Assert.Single(_fixture.View.Sessions.List("team"));
        Assert.Empty(_fixture.View.Sessions.OnNode("", "n1"));
        Assert.Single(_fixture.View.Sessions.OnNode("team", "n1"));
    }

    private Konsul.Mesh.Model.Kv.KvEntry Held(string key) => _fixture.View.Kv.Get(key)!;

    private void Create(
        string id, string node = "n1", string[]? checks = null, string[]? serviceChecks = null, TimeSpan ttl = default, TimeSpan? delay = null,
        SessionBehavior behavior = SessionBehavior.Release, string ns = "") => _fixture.Do(new CreateSession
        {
            Session = new Session
            {
                Id = id,
                Namespace = ns,
                Node = node,
                NodeChecks = [.. checks ?? []],
                ServiceChecks = [.. (serviceChecks ?? []).Select(c => new SessionServiceCheck(c, ""))],
                Ttl = ttl,
                LockDelay = delay ?? TimeSpan.FromSeconds(15),
                Behavior = behavior,
            },
        });

    private void Lock(string key, string session) =>
        Assert.True(_fixture.Do(new KvLock { Key = key, Value = new byte[] { 1 }, Session = session }).CasHeld);

    private static UpdateChecks Update(string check, CheckStatus status) => new() { Updates = [new CheckUpdate { Node = "n1", CheckId = check, Status = status }] };

    private void End(string how) => _fixture.Do(how switch
    {
        "destroy" => new DestroySession { Key = "s" },
        "check critical" => Update("node", CheckStatus.Critical),
        "service check critical" => Update("api", CheckStatus.Critical),
        "check gone" => new Deregister { Node = "n1", CheckIds = ["node"] },
        "service gone" => new Deregister { Node = "n1", ServiceIds = ["api"] },
        "node gone" => new Deregister { Node = "n1" },
        _ => new Expire { Due = [.. _fixture.View.Deadlines.Where(d => d.Kind == DeadlineKind.Session)] },
    });
}
