using Konsul.Mesh.Model.Identity;

namespace Konsul.Mesh.Model.Tests.Identity;

public sealed class RenewalScheduleTests
{
    private static readonly DateTimeOffset Start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(0, 50)]
    [InlineData(0.5, 60)]
    [InlineData(0.999999, 70)]
    public void RenewAt_Draw_LiesBetweenHalfAndSevenTenths(double draw, double hours)
    {
        var at = RenewalSchedule.RenewAt(Start, Start.AddHours(100), new FixedRandom(draw));

        Assert.Equal(hours, (at - Start).TotalHours, 0.001);
    }

    [Fact]
    public void RenewAt_ManyDraws_SpreadOverTheWholeWindow()
    {
        var draws = Enumerable.Range(0, 2000)
            .Select(_ => (RenewalSchedule.RenewAt(Start, Start.AddHours(100), SystemRandom.Instance) - Start).TotalHours)
            .ToList();

        Assert.All(draws, d => Assert.InRange(d, 50, 70));
        Assert.All(Enumerable.Range(0, 10), tenth => Assert.Contains(draws, d => d >= 50 + (2 * tenth) && d < 52 + (2 * tenth)));
    }

    private sealed class FixedRandom(double draw) : IRandom
    {
        public int Next(int exclusiveMax) => (int)(draw * exclusiveMax);

        public double NextDouble() => draw;
    }
}
