using Konsul.Mesh.State.Commands;
using Konsul.Mesh.State.Kv;

namespace Konsul.Mesh.State.Tests.Kv;

public sealed class KvTests
{
    private readonly StoreFixture _fixture = new();

    private KvView Kv => _fixture.View.Kv;

    [Fact]
    public void Set_NewThenOther_MovesModifyIndexOnly()
    {
        _fixture.Set("a", "1");
        var created = _fixture.Index;

        _fixture.Set("a", "2");

        var entry = Kv.Get("a")!;
        Assert.Equal("2"u8.ToArray(), entry.Value.ToArray());
        Assert.Equal((created, _fixture.Index), (entry.CreateIndex, entry.ModifyIndex));
    }

    [Fact]
    public void Set_IdenticalValue_ChangesNothing()
    {
        _fixture.Set("a", "1");
        var index = Kv.Index;

        Assert.False(_fixture.Set("a", "1").Changed);
        Assert.Equal(index, Kv.Index);
        Assert.True(_fixture.Do(new KvSet { Key = "a", Value = "1"u8.ToArray(), Flags = 1 }).Changed);
    }

    [Fact]
    public void Set_Cas_HoldsOnlyForTheIndexSeen()
    {
        Assert.False(_fixture.Set("a", "x", cas: 5).CasHeld);
        Assert.True(_fixture.Set("a", "x", cas: 0).CasHeld);
        Assert.False(_fixture.Set("a", "y", cas: 0).CasHeld);
        Assert.True(_fixture.Set("a", "y", cas: Kv.Get("a")!.ModifyIndex).CasHeld);
        Assert.Equal("y"u8.ToArray(), Kv.Get("a")!.Value.ToArray());
    }

    [Fact]
    public void Set_EmptyKey_IsRefused() => Assert.Equal(ApplyFailure.Invalid, _fixture.Try(new KvSet { Key = "" }).Failure);

    [Fact]
    public void Delete_CasAndMissing_AsConsulAnswers()
    {
        _fixture.Set("a", "1");

        Assert.False(_fixture.Do(new KvDelete { Key = "a", Cas = 1 }).CasHeld);
        Assert.NotNull(Kv.Get("a"));
        Assert.True(_fixture.Do(new KvDelete { Key = "a", Cas = Kv.EntryIndex("a") }).CasHeld);
        Assert.Null(Kv.Get("a"));
        Assert.False(_fixture.Do(new KvDelete { Key = "a" }).Changed);
        Assert.Equal(ApplyFailure.Invalid, _fixture.Try(new KvDelete { Key = "a", Cas = 1, Recurse = true }).Failure);
    }

    [Fact]
    public void ListAndKeys_PrefixAndSeparator_InOrdinalOrder()
    {
        foreach (var key in new[] { "b", "a/2", "a/b/1", "a/b/2", "a", "a/1", "A", "a0" })
        {
            _fixture.Set(key, "v");
        }

        Assert.Equal(["a/1", "a/2", "a/b/1", "a/b/2"], Kv.List("a/").Select(e => e.Key));
        Assert.Equal(["a/1", "a/2", "a/b/"], Kv.Keys("a/", "/"));
        Assert.Equal(["A", "a", "a/", "a0", "b"], Kv.Keys("", "/"));
        Assert.Equal(8, Kv.Keys("").Count());
    }

    [Fact]
    public void PrefixIndex_DeletionUnderIt_IsSeenThroughTheTombstone()
    {
        _fixture.Set("a/1", "v");
        _fixture.Set("a/2", "v");
        _fixture.Set("b/1", "v");
        var other = Kv.PrefixIndex("b/");

        _fixture.Do(new KvDelete { Key = "a/1" });

        Assert.Equal(_fixture.Index, Kv.PrefixIndex("a/"));
        Assert.Equal(_fixture.Index, Kv.PrefixIndex("a/1"));
        Assert.Equal(other, Kv.PrefixIndex("b/"));
        Assert.Equal(Kv.Index, Kv.PrefixIndex("zzz"));
        Assert.Equal(Kv.Index, Kv.EntryIndex("a/1"));
    }

    [Fact]
    public void Tombstones_MoreThanKept_AreBoundedAndNoPrefixIndexGoesDown()
    {
        _fixture.Set("keep/1", "v");
        _fixture.Set("old/1", "v");
        _fixture.Do(new KvDelete { Key = "old/1" });
        _fixture.Set("old/2", "v");
        var before = Kv.PrefixIndex("old/");
        for (var i = 0; i < KvTables.MaxTombstones; i++)
        {
            _fixture.Set("x", "v");
            _fixture.Do(new KvDelete { Key = "x" });
        }

        Assert.Equal(2, Kv.Tables.Tombstones.Count);
        for (var i = 0; i < KvTables.MaxTombstones; i++)
        {
            _fixture.Set($"y{i}", "v");
        }

        _fixture.Do(new KvDelete { Key = "y", Recurse = true });

        Assert.Equal(KvTables.MaxTombstones, Kv.Tables.Tombstones.Count);
        Assert.Equal(KvTables.MaxTombstones, Kv.Tables.TombstonesByAge.Count);
        Assert.True(Kv.PrefixIndex("old/") >= before);
        Assert.Equal(2, Kv.Count);
    }

    [Theory]
    [InlineData(10, 90)]
    [InlineData(90, 10)]
    public void Delete_Recurse_RemovesExactlyThePrefix(int under, int others)
    {
        for (var i = 0; i < under; i++)
        {
            _fixture.Set($"t/{i}", "v");
        }

        for (var i = 0; i < others; i++)
        {
            _fixture.Set($"u/{i}", "v");
        }

        Assert.True(_fixture.Do(new KvDelete { Key = "t/", Recurse = true }).Changed);
        Assert.False(_fixture.Do(new KvDelete { Key = "t/", Recurse = true }).Changed);

        Assert.Equal(others, Kv.Count);
        Assert.Empty(Kv.List("t/"));
        Assert.Equal(_fixture.Index - 1, Kv.PrefixIndex("t/"));
    }

    [Fact]
    public void Batch_OneCasLost_ChangesNothingAndNamesTheCommand()
    {
        _fixture.Set("a", "1");
        var hash = _fixture.Hash();

        var result = _fixture.Try(new Batch { Commands = [new KvSet { Key = "b" }, new KvDelete { Key = "a", Cas = 1 }, new KvSet { Key = "c" }] });

        Assert.Equal((ApplyFailure.Conflict, false, 1), (result.Failure, result.CasHeld, result.FailedCommand));
        Assert.Equal(hash, _fixture.Hash());
    }

    [Fact]
    public void Batch_AllGood_SharesOneIndex()
    {
        _fixture.Do(new Batch { Commands = [new KvSet { Key = "a" }, new KvSet { Key = "b" }, new KvDelete { Key = "a" }] });

        Assert.Null(Kv.Get("a"));
        Assert.Equal(_fixture.Index, Kv.Get("b")!.ModifyIndex);
    }
}
