using System.Text;
using Konsul.Mesh.Dns.Answers;

namespace Konsul.Mesh.Dns.Tests.Answers;

public sealed class BoundedCacheTests
{
    private readonly BoundedCache<string> _cache = new(100);

    [Fact]
    public void Set_Flood_StaysBoundedAndKeepsWhatIsRead()
    {
        Set("hot", 1);
        for (var i = 0; i < 10_000; i++)
        {
            Set($"cold-{i}", 1);
            Assert.True(Has("hot"), $"forgotten after {i}");
        }

        Assert.InRange(_cache.Count, 1, 101);
        Assert.False(Has("cold-1"));
    }

    [Fact]
    public void Set_Costs_AreCounted()
    {
        for (var i = 0; i < 100; i++)
            Set($"big-{i}", 10);

        Assert.InRange(_cache.Count, 1, 10);
    }

    [Fact]
    public void Set_TooLargeForAHalf_IsNotKept()
    {
        Set("huge", 51);

        Assert.False(Has("huge"));
    }

    private void Set(string key, int cost) => _cache.Set(Encoding.ASCII.GetBytes(key), key, cost);

    private bool Has(string key) => _cache.TryGet(Encoding.ASCII.GetBytes(key), out var value) && value == key;
}
