using Konsul.Mesh.Model;

namespace Konsul.Mesh.Identity.Tests;

public sealed class RetryBackoffTests
{
    [Theory]
    [InlineData(1, 0.5, 1)]
    [InlineData(2, 1, 2)]
    [InlineData(6, 16, 32)]
    [InlineData(7, 30, 60)]
    [InlineData(1_000_000, 30, 60)]
    public void After_Failures_DoublesUpToAMinuteWithJitter(int failures, double least, double most)
    {
        var draws = Enumerable.Range(0, 500).Select(_ => RetryBackoff.After(failures, null, SystemRandom.Instance).TotalSeconds).ToList();

        Assert.All(draws, d => Assert.InRange(d, least, most));
        Assert.True(draws.Max() - draws.Min() > (most - least) / 2, "no jitter");
    }

    [Fact]
    public void After_LittleLifeLeft_TakesAtMostAQuarterOfIt()
    {
        Assert.InRange(RetryBackoff.After(9, TimeSpan.FromSeconds(8), SystemRandom.Instance), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));
        Assert.Equal(TimeSpan.FromMilliseconds(100), RetryBackoff.After(9, TimeSpan.FromMilliseconds(1), SystemRandom.Instance));
    }

    [Fact]
    public void After_NothingLeft_BacksOffAsUsual() =>
        Assert.InRange(RetryBackoff.After(9, TimeSpan.FromSeconds(-5), SystemRandom.Instance), TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(60));
}
