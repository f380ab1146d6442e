using Konsul.Mesh.TestKit.Processes;

namespace Konsul.Mesh.Manifests.Tests;

/// <summary>The shipped manifests hold what Kubernetes and this project ask of them.</summary>
public sealed class ManifestsTests
{
    private static readonly string Base = Path.Combine(ManifestChecker.Manifests, "base");
    private static readonly string Samples = Path.Combine(ManifestChecker.Manifests, "samples");

    [Theory]
    [InlineData("auto")]
    [InlineData("own")]
    public async Task Check_ShippedManifests_FindsNothing(string renderer)
    {
        await ManifestChecker.RequireAsync();

        var problems = await ManifestChecker.CheckAsync("--renderer", renderer, Base, Samples);

        Assert.Equal("", problems);
    }

    [Theory]
    [InlineData("base")]
    [InlineData("samples")]
    public async Task Render_OwnRenderer_EqualsKustomize(string folder)
    {
        await ManifestChecker.RequireAsync();
        Assert.SkipUnless(await ManifestChecker.HasKubectlAsync(), "kubectl with kustomize missing: nothing to compare the built-in renderer with");
        var path = Path.Combine(ManifestChecker.Manifests, folder);

        var own = await ManifestChecker.PrintAsync("own", path);

        Assert.Contains("\"kind\": \"Namespace\"", own, StringComparison.Ordinal);
        Assert.Equal(await ManifestChecker.PrintAsync("kubectl", path), own);
    }

    [Fact]
    public async Task Options_UsedByManifests_AreInTheProgramsHelp()
    {
        await ManifestChecker.RequireAsync();
        var programs = Environment.GetEnvironmentVariable("KONSUL_DIST") ?? Path.Combine(Programs.Root, "dist", "bin");
        Assert.SkipUnless(File.Exists(Path.Combine(programs, "konsul-server")) && File.Exists(Path.Combine(programs, "konsul-proxy")), "dist/bin missing: run `make dist`");

        var problems = await ManifestChecker.CheckAsync("--programs", programs, Base, Samples);

        Assert.Equal("", problems);
    }
}
