using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Server.HealthChecks;

namespace Konsul.Mesh.Server.Tests.HealthChecks;

public sealed class CheckThresholdsTests
{
    [Theory]
    [InlineData(0, 0, 0, "c", "C")]
    [InlineData(0, 0, 0, "p", "P")]
    [InlineData(2, 0, 0, "pp", ".P")]
    [InlineData(2, 0, 0, "pcpp", ".C.P")]
    [InlineData(0, 0, 3, "cccc", "..CC")]
    [InlineData(0, 1, 3, "cccc", "WWCC")]
    [InlineData(0, 2, 3, "ccpcc", ".WP.W")]
    public void Next_SeriesOfResults_FollowsThresholds(int success, int warning, int critical, string results, string expected)
    {
        var thresholds = new CheckThresholds(
            new CheckDefinition { SuccessBeforePassing = success, FailuresBeforeWarning = warning, FailuresBeforeCritical = critical });

        var reported = string.Concat(results.Select(r => thresholds.Next(r == 'p' ? CheckStatus.Passing : CheckStatus.Critical) switch
        {
            CheckStatus.Passing => 'P',
            CheckStatus.Warning => 'W',
            CheckStatus.Critical => 'C',
            _ => '.',
        }));

        Assert.Equal(expected, reported);
    }

    [Fact]
    public void Cut_LongOutput_EndsOnACharacter()
    {
        var text = new string('ä', 4000);

        var cut = CheckOutput.Cut(text, 0);

        Assert.Equal(new string('ä', 2048), cut);
    }
}
