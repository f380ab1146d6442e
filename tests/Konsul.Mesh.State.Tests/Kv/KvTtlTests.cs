using Konsul.Mesh.State.Commands;
using Konsul.Mesh.State.Deadlines;

namespace Konsul.Mesh.State.Tests.Kv;

public sealed class KvTtlTests
{
    private static readonly TimeSpan Ttl = TimeSpan.FromSeconds(30);
    private readonly StoreFixture _fixture = new();

    [Fact]
    public void Set_WithTtl_IsShownAndDeletedWhenTheLeaderSaysSo()
    {
        Set("a");
        Assert.Equal(Ttl, _fixture.View.Kv.Get("a")!.Ttl);
        var due = Assert.Single(_fixture.View.Deadlines);
        Assert.Equal(new Deadline(DeadlineKind.Key, "a", Ttl, _fixture.Index), due);

        _fixture.Do(new Expire { Due = [due] });

        Assert.Null(_fixture.View.Kv.Get("a"));
        Assert.Empty(_fixture.View.Deadlines);
        Assert.Equal(_fixture.Index, _fixture.View.Kv.PrefixIndex("a"));
    }

    [Fact]
    public void Set_TheSameAgain_BeginsItsTimeAnewWithoutANewVersion()
    {
        Set("a");
        var old = Assert.Single(_fixture.View.Deadlines);
        Set("a");

        Assert.False(_fixture.Do(new Expire { Due = [old] }).Changed);
        Assert.Equal((1UL, _fixture.Index - 1), (_fixture.View.Kv.Get("a")!.Version, _fixture.View.Kv.Get("a")!.ModifyIndex));
    }

    [Fact]
    public void Set_WithoutTtl_MakesItLast()
    {
        Set("a");
        _fixture.Set("a", "v");

        Assert.Empty(_fixture.View.Deadlines);
        Assert.Equal(TimeSpan.Zero, _fixture.View.Kv.Get("a")!.Ttl);
    }

    [Fact]
    public void Delete_OneOrATree_EndsTheirTime()
    {
        Set("a");
        Set("t/1");
        Set("t/2");
        _fixture.Do(new KvDelete { Key = "a" });
        _fixture.Do(new KvDelete { Key = "t/", Recurse = true });

        Assert.Empty(_fixture.View.Deadlines);
    }

    private void Set(string key) => _fixture.Do(new KvSet { Key = key, Value = "v"u8.ToArray(), Ttl = Ttl });
}
