namespace Konsul.Mesh.Manifests.Tests;

/// <summary>A check that finds nothing is worth something only if it finds what is there: each fault alone, planted in a copy.</summary>
public sealed class PlantedFaultsTests(PlantedFaults faults) : IClassFixture<PlantedFaults>
{
    public static TheoryData<int, string> Numbers => [.. Fault.All.Select((fault, i) => (i, fault.Expected))];

    [Theory]
    [MemberData(nameof(Numbers))]
    public async Task Check_OneFault_IsFound(int number, string expected)
    {
        await ManifestChecker.RequireAsync();

        var problems = await faults.ProblemsAsync(number);

        Assert.Contains(expected, problems, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_CopyWithoutFault_FindsNothing()
    {
        await ManifestChecker.RequireAsync();

        Assert.Equal("", await faults.ProblemsAsync(-1));
    }
}
