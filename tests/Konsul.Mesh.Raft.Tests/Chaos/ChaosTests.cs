using System.Globalization;

namespace Konsul.Mesh.Raft.Tests.Chaos;

public sealed class ChaosTests
{
    /// <summary>For long runs by hand; the failing seed is printed.</summary>
    private static readonly int SeedsPerBlock =
        int.TryParse(Environment.GetEnvironmentVariable("KONSUL_CHAOS_SEEDS"), CultureInfo.InvariantCulture, out var seeds) ? seeds : 100;

    /// <summary>Fixed seeds, so that a failure is there again the next time; the number is the seed to debug.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Run_RandomFaults_KeepSafetyAndComeToAgree(ulong block)
    {
        var (commits, reads) = (0, 0);
        for (var i = 0; i < SeedsPerBlock; i++)
        {
            var seed = (block * 1_000_000) + (ulong)i;
            var run = new ChaosRun(seed);
            try
            {
                run.Run(events: 2000);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"seed {seed}: {e.Message}", e);
            }

            commits += run.Commits;
            reads += run.ReadsAnswered;
        }

        // Runs in which nothing happens would prove nothing.
        Assert.True(commits > 1000 && reads > 100, $"{commits} commits, {reads} reads");
    }
}
