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
    [InlineData("auto")]
    [InlineData("own")]
    public async Task Check_DevOverlay_IsSoundWithOneServerAndItsOnlySecret(string renderer)
    {
        await ManifestChecker.RequireAsync();
        var dev = Path.Combine(ManifestChecker.Manifests, "overlays", "dev");

        var problems = await ManifestChecker.CheckAsync("--renderer", renderer, dev, Samples);
        var printed = await ManifestChecker.PrintAsync("own", dev);

        Assert.Equal("", problems);
        Assert.Contains("\"replicas\": 1", printed, StringComparison.Ordinal);
        Assert.Contains("--bootstrap-expect=1", printed, StringComparison.Ordinal);
        Assert.DoesNotContain("retry-join", printed, StringComparison.Ordinal);
        Assert.DoesNotContain("konsul-join", printed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Base_Servers_WaitForAsManyAsThereAre_AndJoinEachOfThem()
    {
        await ManifestChecker.RequireAsync();

        using var printed = System.Text.Json.JsonDocument.Parse(await ManifestChecker.PrintAsync("own", Base));

        var server = printed.RootElement.EnumerateArray().Single(o => o.GetProperty("kind").GetString() == "StatefulSet").GetProperty("spec");
        var replicas = server.GetProperty("replicas").GetInt32();
        var arguments = server.GetProperty("template").GetProperty("spec").GetProperty("containers")[0].GetProperty("args").EnumerateArray().Select(a => a.GetString()!).ToList();
        var join = arguments.Single(a => a.StartsWith("--retry-join=", StringComparison.Ordinal))["--retry-join=".Length..].Split(',');
        Assert.Contains($"--bootstrap-expect={replicas}", arguments);
        Assert.Equal(
            Enumerable.Range(0, replicas).Select(i => $"konsul-server-{i}.{server.GetProperty("serviceName").GetString()}.konsul-system.svc:7000"), join);
        Assert.Equal("Parallel", server.GetProperty("podManagementPolicy").GetString());
        var peers = printed.RootElement.EnumerateArray().Single(o => o.GetProperty("metadata").GetProperty("name").GetString() == "konsul-server-peers");
        Assert.True(peers.GetProperty("spec").GetProperty("publishNotReadyAddresses").GetBoolean());
    }

    [Theory]
    [InlineData("base")]
    [InlineData("samples")]
    [InlineData("overlays/dev")]
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
