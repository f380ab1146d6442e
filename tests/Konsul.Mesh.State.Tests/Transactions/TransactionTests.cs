using System.Text;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Model.Sessions;
using Konsul.Mesh.State.Commands;
using Konsul.Mesh.State.Transactions;
using static Konsul.Mesh.State.Tests.StoreFixture;

namespace Konsul.Mesh.State.Tests.Transactions;

public sealed class TransactionTests
{
    private readonly StoreFixture _fixture = new();

    public TransactionTests()
    {
        _fixture.Do(new Register { Node = NodeOf() });
        _fixture.Do(new CreateSession { Session = new Session { Id = "s", Node = "n1", LockDelay = TimeSpan.FromSeconds(1) } });
    }

    [Fact]
    public void Apply_EveryKeyVerb_SeesWhatTheOnesBeforeDid()
    {
        _fixture.Set("old", "v");
        var index = _fixture.Index;

        var result = _fixture.Do(Txn(
            Key(TxnVerb.CheckNotExists, "a"), Key(TxnVerb.Set, "a", "1"), Key(TxnVerb.Get, "a"), Key(TxnVerb.Lock, "lock", "1", session: "s"),
            Key(TxnVerb.CheckSession, "lock", session: "s"), Key(TxnVerb.Unlock, "lock", "2", session: "s"), Key(TxnVerb.Cas, "old", "w", index),
            Key(TxnVerb.CheckIndex, "old", index: index + 1), Key(TxnVerb.GetOrEmpty, "none"), Key(TxnVerb.Set, "t/1", "x"), Key(TxnVerb.Set, "t/2", "y"),
            Key(TxnVerb.GetTree, "t/"), Key(TxnVerb.DeleteTree, "t/"), Key(TxnVerb.Delete, "a"), Key(TxnVerb.DeleteCas, "old", index: index + 1),
            Key(TxnVerb.Delete, "missing"), Key(TxnVerb.DeleteCas, "missing", index: 5)));

        Assert.Equal(
            ["a:", "a:1", "lock:", "lock:", "lock:", "old:", "old:", "none:", "t/1:", "t/2:", "t/1:x", "t/2:y"],
            result.Results.Select(r => $"{r.Entry!.Key}:{Encoding.UTF8.GetString(r.Entry.Value.Span)}"));
        Assert.Equal(["lock"], _fixture.View.Kv.Keys(""));
        Assert.Equal(("", 1UL), (_fixture.View.Kv.Get("lock")!.Session, _fixture.View.Kv.Get("lock")!.LockIndex));
    }

    [Fact]
    public void Attach_ToASessionAndAway_IsNoLock()
    {
        _fixture.Do(new CreateSession { Session = new Session { Id = "lease", Node = "n1", Behavior = SessionBehavior.Delete } });
        _fixture.Do(Txn(Key(TxnVerb.Attach, "a", "1", session: "lease"), Key(TxnVerb.Attach, "b", "1", session: "s"), Key(TxnVerb.Attach, "b", "2", session: "lease")));
        Assert.Equal(("lease", 0UL), (_fixture.View.Kv.Get("b")!.Session, _fixture.View.Kv.Get("b")!.LockIndex));
        Assert.Equal(["a", "b"], _fixture.View.Sessions.Held("", "lease"));
        _fixture.Do(Txn(Key(TxnVerb.Attach, "b", "3")));

        _fixture.Do(new DestroySession { Key = "lease" });

        Assert.Equal(["b"], _fixture.View.Kv.Keys(""));
    }

    public static TheoryData<TxnOperation, string> Failing => new()
    {
        { Key(TxnVerb.Get, "none"), "key \"none\" doesn't exist" },
        { Key(TxnVerb.Cas, "a", "x", 1), "failed to set key \"a\", index is stale" },
        { Key(TxnVerb.Cas, "none", "x", 1), "failed to set key \"none\", index is stale" },
        { Key(TxnVerb.DeleteCas, "a", index: 1), "failed to delete key \"a\", index is stale" },
        { Key(TxnVerb.CheckIndex, "a", index: 1), "failed index check for key \"a\", current modify index" },
        { Key(TxnVerb.CheckIndex, "none", index: 1), "doesn't exist" },
        { Key(TxnVerb.CheckSession, "a", session: "s"), "failed session check for key \"a\"" },
        { Key(TxnVerb.CheckSession, "none", session: "s"), "doesn't exist" },
        { Key(TxnVerb.CheckNotExists, "a"), "key \"a\" exists" },
        { Key(TxnVerb.Lock, "a", session: "ghost"), "invalid session \"ghost\"" },
        { Key(TxnVerb.Lock, "a"), "missing session" },
        { Key(TxnVerb.Attach, "a", session: "ghost"), "invalid session \"ghost\"" },
        { Key(TxnVerb.Unlock, "a", session: "s"), "lock isn't held" },
        { Key(TxnVerb.Lock, "delayed", session: "s"), "lock delay" },
        { Key(TxnVerb.Set, ""), "must not be empty" },
        { Key(TxnVerb.GetTree, "\0x"), "kept for namespaces" },
        { Key((TxnVerb)99, "a"), "unknown KV verb" },
        { new TxnOperation { Subject = TxnSubject.Node, Verb = TxnVerb.Get, Node = NodeOf("n9") }, "node \"n9\" doesn't exist" },
        { new TxnOperation { Subject = TxnSubject.Node, Verb = TxnVerb.Cas, Node = NodeOf(), Index = 1 }, "failed to set node \"n1\", index is stale" },
        { new TxnOperation { Subject = TxnSubject.Service, Verb = TxnVerb.Set, Service = Service("api", node: "n9") }, "is not registered" },
        { new TxnOperation { Subject = TxnSubject.Check, Verb = TxnVerb.Set, Check = Check("c", "ghost") }, "is not on the node" },
        { new TxnOperation { Subject = TxnSubject.Service, Verb = TxnVerb.Lock, Service = Service("api") }, "unknown Service verb" },
    };

    [Theory]
    [MemberData(nameof(Failing))]
    public void Apply_OneThatCannotBeDone_UndoesAllAndTellsWhich(TxnOperation operation, string what)
    {
        _fixture.Set("a", "v");
        _fixture.Do(new CreateSession { Session = new Session { Id = "gone", Node = "n1", LockDelay = TimeSpan.FromSeconds(9) } });
        _fixture.Do(new KvLock { Key = "delayed", Session = "gone" });
        _fixture.Do(new DestroySession { Key = "gone" });
        var before = _fixture.Hash();

        var result = _fixture.Try(Txn(Key(TxnVerb.Set, "b", "1"), operation, Key(TxnVerb.Set, "c", "1"), Key(TxnVerb.Get, "missing too")));

        Assert.Equal((ApplyFailure.Conflict, 1), (result.Failure, result.FailedCommand));
        Assert.Equal([1, 3], result.Errors.Select(e => e.Operation));
        Assert.Contains(what, result.Errors[0].What, StringComparison.Ordinal);
        Assert.Equal(before, _fixture.Hash());
    }

    [Fact]
    public void Apply_CatalogVerbs_AreTheCatalogsCommands()
    {
        var result = _fixture.Do(Txn(
            new TxnOperation { Subject = TxnSubject.Node, Verb = TxnVerb.Set, Node = NodeOf("n2") },
            new TxnOperation { Subject = TxnSubject.Service, Verb = TxnVerb.Cas, Service = Service("api", node: "n2") },
            new TxnOperation { Subject = TxnSubject.Check, Verb = TxnVerb.Set, Check = Check("c", "api", "n2", CheckStatus.Warning) },
            new TxnOperation { Subject = TxnSubject.Check, Verb = TxnVerb.Get, Check = Check("c", node: "n2") },
            new TxnOperation { Subject = TxnSubject.Node, Verb = TxnVerb.Get, Node = NodeOf("n2") }));

        Assert.Equal("n2", result.Results[0].Node!.Name);
        Assert.Equal((_fixture.Index, "api"), (result.Results[1].Service!.ModifyIndex, result.Results[1].Service!.Name));
        Assert.Equal(("api", CheckStatus.Warning), (result.Results[3].Check!.ServiceName, result.Results[3].Check!.Status));
        var (service, check) = (result.Results[1].Service!.ModifyIndex, result.Results[2].Check!.ModifyIndex);

        _fixture.Do(Txn(
            new TxnOperation { Subject = TxnSubject.Check, Verb = TxnVerb.DeleteCas, Check = Check("c", node: "n2"), Index = check },
            new TxnOperation { Subject = TxnSubject.Service, Verb = TxnVerb.DeleteCas, Service = Service("api", node: "n2"), Index = service },
            new TxnOperation { Subject = TxnSubject.Node, Verb = TxnVerb.Delete, Node = NodeOf("n2") }));

        Assert.Equal(["n1"], _fixture.View.Catalog.Nodes.Select(n => n.Name));
        Assert.Equal((0, 0), (_fixture.View.Catalog.InstanceCount, _fixture.View.Catalog.AllChecks.Count()));
    }

    [Fact]
    public void Apply_TooManyOperationsOrResults_IsRefused()
    {
        Assert.Contains("129 > 128", _fixture.Try(Txn([.. Enumerable.Repeat(Key(TxnVerb.GetOrEmpty, "a"), 129)])).Reason, StringComparison.Ordinal);
        for (var i = 0; i < 600; i++)
        {
            _fixture.Set($"t/{i}", "v");
        }

        var result = _fixture.Try(Txn([.. Enumerable.Repeat(Key(TxnVerb.GetTree, "t/"), 128)]));

        Assert.Contains("reads more than 65536", result.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_OfAView_GivesTheSameAndChangesNothing()
    {
        _fixture.Set("a", "v");
        var (before, view) = (_fixture.Hash(), _fixture.View);

        var good = StateStore.Read(view, Txn(Key(TxnVerb.Get, "a"), Key(TxnVerb.CheckIndex, "a", index: _fixture.Index)));
        var bad = StateStore.Read(view, Txn(Key(TxnVerb.Get, "none")));

        Assert.Equal("v"u8.ToArray(), good.Results[0].Entry!.Value.ToArray());
        Assert.Equal((false, 1), (bad.Success, bad.Errors.Length));
        Assert.Equal(before, _fixture.Hash());
        Assert.Throws<ArgumentException>(() => StateStore.Read(view, Txn(Key(TxnVerb.Set, "a"))));
    }

    private static Transaction Txn(params TxnOperation[] operations) => new() { Operations = [.. operations] };

    private static TxnOperation Key(TxnVerb verb, string key, string value = "", ulong index = 0, string session = "") =>
        new() { Subject = TxnSubject.Key, Verb = verb, Key = key, Value = Encoding.UTF8.GetBytes(value), Index = index, Session = session };
}
