using Konsul.Mesh.Model;
using Konsul.Mesh.State.Commands;
using Konsul.Mesh.State.Events;

namespace Konsul.Mesh.State.Tests.Kv;

public sealed class KvNamespaceTests
{
    private readonly StoreFixture _fixture = new();

    private static string Of(string ns, string key) => NamespacedKey.Of(ns, key);

    [Fact]
    public void Keys_OfOneNamespace_AreNeverSeenFromAnother()
    {
        _fixture.Set("a", "default");
        _fixture.Set(Of("team", "a"), "team");
        _fixture.Set(Of("team2", "a/b"), "team2");
        var kv = _fixture.View.Kv;

        Assert.Equal(["a"], kv.Keys(""));
        Assert.Equal(["a"], kv.List("").Select(e => e.Key));
        Assert.Equal(["a"], kv.Keys(Of("team", "")));
        Assert.Equal(["a/"], kv.Keys(Of("team2", ""), "/"));
        Assert.Equal(("a", "team"), (kv.Get(Of("team", "a"))!.Key, kv.Get(Of("team", "a"))!.Namespace));
        Assert.Empty(kv.Keys(Of("tea", "")));
    }

    [Fact]
    public void DeleteTree_OfAllOfANamespace_LeavesTheOthers()
    {
        foreach (var ns in (string[])["", "team", "team2"])
        {
            for (var i = 0; i < 20; i++)
            {
                _fixture.Set(Of(ns, $"k{i:d2}"), "v");
            }
        }

        _fixture.Do(new KvDelete { Key = "", Recurse = true });
        Assert.Empty(_fixture.View.Kv.Keys(""));
        _fixture.Do(new KvDelete { Key = Of("team", "k1"), Recurse = true });
        Assert.Equal(10, _fixture.View.Kv.Keys(Of("team", "")).Count());
        Assert.Equal(20, _fixture.View.Kv.Keys(Of("team2", "")).Count());
    }

    [Fact]
    public void Watch_OfAPrefix_SleepsForOtherNamespaces()
    {
        using var all = _fixture.Store.Watch(Topic.KvPrefix(""));
        using var team = _fixture.Store.Watch(Topic.KvPrefix(Of("team", "")));

        _fixture.Set(Of("other", "a"), "v");
        Assert.False(all.HasFired || team.HasFired);
        _fixture.Set(Of("team", "a"), "v");
        Assert.Equal((false, true), (all.HasFired, team.HasFired));
        _fixture.Set("a", "v");
        Assert.True(all.HasFired);
    }

    [Fact]
    public void PrefixIndex_OfTheDefaultNamespace_StaysWhenAnotherOneLosesAKey()
    {
        _fixture.Set("a", "v");
        _fixture.Set(Of("team", "a"), "v");
        var index = _fixture.View.Kv.PrefixIndex("");

        _fixture.Do(new KvDelete { Key = Of("team", "a") });

        Assert.Equal(index, _fixture.View.Kv.PrefixIndex(""));
        Assert.Equal(_fixture.Index, _fixture.View.Kv.PrefixIndex(Of("team", "")));
    }

    [Theory]
    [InlineData("\0")]
    [InlineData("\0team")]
    [InlineData("\0team\0")]
    [InlineData("\0\0a")]
    [InlineData("\0default\0a")]
    [InlineData("\0te am\0a")]
    public void Set_KeyThatIsInNoNamespace_IsRefused(string key)
    {
        Assert.Equal(ApplyFailure.Invalid, _fixture.Try(new KvSet { Key = key }).Failure);
        Assert.Equal(ApplyFailure.Invalid, _fixture.Try(new KvLock { Key = key, Session = "s" }).Failure);
        if (key != "\0team\0")
        {
            Assert.Equal(ApplyFailure.Invalid, _fixture.Try(new KvDelete { Key = key, Recurse = true }).Failure);
        }
    }
}
