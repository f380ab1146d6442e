namespace Konsul.Mesh.Simulation.Tests;

/// <summary>A seed that failed is worth nothing if it does not fail again.</summary>
public sealed class DeterminismTests
{
    [Theory]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(15)]
    [InlineData(42)]
    [InlineData(3952)]
    public async Task Run_SameSeedTwice_HappensTheSameWay(ulong seed)
    {
        // At the same time, so that chance between the threads would show.
        var both = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(() => Simulator.Run(new SimulationOptions { Seed = seed }))));

        Assert.True(both[0].Steps > 500, $"{both[0].Steps} steps");
        Assert.Equal((both[0].Steps, both[0].Hash), (both[1].Steps, both[1].Hash));
        Assert.Equal(both[0].Counts, both[1].Counts);
    }

    [Fact]
    public void Run_WithATrace_HappensTheSameWay()
    {
        var trace = new StringWriter();

        var quiet = Simulator.Run(new SimulationOptions { Seed = 9 });
        var loud = Simulator.Run(new SimulationOptions { Seed = 9, FullTrace = trace });

        Assert.Equal(quiet.Hash, loud.Hash);
        Assert.True(trace.ToString().Count(c => c == '\n') > 500);
    }

    [Fact]
    public void Run_OtherSeeds_HappenOtherwise() =>
        Assert.Equal(20, Enumerable.Range(1, 20).Select(s => Simulator.Run(new SimulationOptions { Seed = (ulong)s }).Hash).Distinct().Count());
}
