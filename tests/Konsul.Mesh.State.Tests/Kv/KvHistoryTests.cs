using System.Text;
using Konsul.Mesh.State.Commands;
using Konsul.Mesh.State.Kv;

namespace Konsul.Mesh.State.Tests.Kv;

public sealed class KvHistoryTests
{
    private readonly StoreFixture _fixture = new();

    private KvView Kv => _fixture.View.Kv;

    [Fact]
    public void Versions_OfAChangedKey_AreItsValuesNewestFirst()
    {
        _fixture.Set("a", "one");
        _fixture.Set("a", "two");
        _fixture.Set("a", "two");
        _fixture.Set("ab", "other");
        _fixture.Set("a", "three");

        Assert.Equal([(3UL, "three"), (2, "two"), (1, "one")], Of("a"));
        Assert.Equal([0UL, _fixture.Index, _fixture.Index - 3], Kv.Versions("a").Select(v => v.ReplacedIndex));
        Assert.Empty(Of("none"));
    }

    [Fact]
    public void Rollback_ToAFormerValue_IsANewVersionOfIt()
    {
        _fixture.Set("a", "one");
        _fixture.Set("a", "two");

        _fixture.Do(new KvRollback { Key = "a", Version = 1 });

        Assert.Equal([(3UL, "one"), (2, "two"), (1, "one")], Of("a"));
        Assert.Equal("Version 9 of the key is not kept", _fixture.Try(new KvRollback { Key = "a", Version = 9 }).Reason);
        Assert.False(_fixture.Do(new KvRollback { Key = "a", Version = 3 }).Changed);
    }

    [Fact]
    public void Rollback_OfADeletedKey_BringsItBackAndGoesOnCounting()
    {
        _fixture.Set("a", "one");
        _fixture.Do(new KvDelete { Key = "a" });
        Assert.Equal([(1UL, "one")], Of("a"));

        _fixture.Do(new KvRollback { Key = "a", Version = 1 });

        Assert.Equal([(2UL, "one"), (1, "one")], Of("a"));
    }

    [Fact]
    public void Versions_ManyChanges_AreBoundedPerKey()
    {
        for (var i = 0; i < 40; i++)
        {
            _fixture.Set("a", $"{i}");
        }

        Assert.Equal(KvHistory.MaxVersions + 1, Of("a").Count());
        Assert.Equal(40UL - KvHistory.MaxVersions, Of("a").Last().Version);
        for (var i = 0; i < 10; i++)
        {
            _fixture.Set("big", new string((char)('a' + i), 300_000));
        }

        Assert.Equal(4, Of("big").Count());
        Assert.Equal(Kv.Tables.History.Rows.Sum(r => r.Value.Sum(p => p.Value.Length + (2 * r.Key.Length) + 128)), Kv.HistoryBytes);
    }

    [Fact]
    public void Versions_OfAllKeys_AreBoundedInBytesAndGivenUpInTurn()
    {
        const int keys = KvHistory.MaxBytes / 500_000;
        for (var round = 0; round < 2; round++)
        {
            for (var i = 0; i < keys + 5; i++)
            {
                _fixture.Set($"k{i:d4}", new string((char)('a' + round), 500_000));
            }
        }

        Assert.InRange(Kv.HistoryBytes, KvHistory.MaxBytes - 1_000_000, KvHistory.MaxBytes);
        Assert.Single(Of("k0000"));
        Assert.Equal(2, Of($"k{keys + 4:d4}").Count());
    }

    [Fact]
    public void Transaction_ValuesNobodySaw_AreNotKept()
    {
        _fixture.Set("a", "one");

        _fixture.Do(new Batch { Commands = [Put("two"), new KvDelete { Key = "a" }, Put("three"), Put("four")] });

        Assert.Equal("one", Of("a").Last().Value);
        Assert.DoesNotContain("three", Of("a").Select(v => v.Value));
        Assert.Equal("four", Of("a").First().Value);
    }

    [Fact]
    public void Versions_OfAnotherNamespace_AreItsOwn()
    {
        _fixture.Set("a", "one");
        _fixture.Set("a", "two");
        _fixture.Set("\0team\0a", "x");

        Assert.Equal([(1UL, "x")], Of("\0team\0a"));
        Assert.False(_fixture.Try(new KvRollback { Key = "\0team\0a", Version = 2 }).Success);
    }

    private static KvSet Put(string value) => new() { Key = "a", Value = Encoding.UTF8.GetBytes(value) };

    private IEnumerable<(ulong Version, string Value)> Of(string key) => Kv.Versions(key).Select(v => (v.Version, Encoding.UTF8.GetString(v.Value.Span)));
}
