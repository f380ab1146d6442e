using Konsul.Mesh.Proxy.Core.LoadBalancing;

namespace Konsul.Mesh.Proxy.Core.Tests.LoadBalancing;

public sealed class PeakEwmaTests
{
    private const long Frequency = 1000;

    [Fact]
    public void Read_BeforeAnyAnswer_IsTheDefaultFadingToZero()
    {
        var ewma = new PeakEwma(new PeakEwmaOptions(), Frequency, 0);

        Assert.Equal(30, ewma.Read(0), 3);
        Assert.Equal(30 / Math.E, ewma.Read(10_000), 3);
    }

    [Fact]
    public void Observe_TwoHigherLatencies_JumpsAtOnce()
    {
        var ewma = Warm(10);

        ewma.Observe(500, 10);
        var afterOne = ewma.Read(10);
        ewma.Observe(400, 20);

        Assert.InRange(afterOne, 9.9, 10.1);
        Assert.Equal(400, ewma.Read(20), 3);
    }

    [Fact]
    public void Observe_ALowerLatency_ComesDownWithTheTimeConstant()
    {
        var ewma = Warm(10);
        ewma.Observe(100, 0);
        ewma.Observe(100, 0);

        ewma.Observe(20, 10_000);

        Assert.Equal((100 / Math.E) + (20 * (1 - (1 / Math.E))), ewma.Read(10_000), 3);
    }

    [Fact]
    public void Observe_WhileCold_KeepsTheSmallest()
    {
        var ewma = new PeakEwma(new PeakEwmaOptions(), Frequency, 0);

        foreach (var latency in new[] { 80, 5, 60 })
        {
            ewma.Observe(latency, 0);
        }

        Assert.Equal(5, ewma.Read(0), 3);
        Assert.False(ewma.IsWarm);
    }

    private static PeakEwma Warm(long latency)
    {
        var options = new PeakEwmaOptions();
        var ewma = new PeakEwma(options, Frequency, 0);
        for (var i = 0; i < options.WarmUpAnswers; i++)
        {
            ewma.Observe(latency, 0);
        }

        return ewma;
    }
}
