using System.Runtime.Versioning;
using Konsul.Mesh.Model.Identity;
using Konsul.Mesh.TestKit;

namespace Konsul.Mesh.Identity.Tests;

[UnsupportedOSPlatform("windows")]
public sealed class IdentityCacheTests : IDisposable
{
    private readonly string _parent = Directory.CreateTempSubdirectory("konsul-identity-").FullName;
    private readonly ManualTimeProvider _time = new();

    private string CacheDirectory => Path.Combine(_parent, "cache");

    private IdentityOptions Options => Fixture.NoTimeout with { CacheDirectory = CacheDirectory, CacheOwner = "web-sidecar" };

    private string CacheFile => Assert.Single(Directory.GetFiles(CacheDirectory));

    [Fact]
    public async Task RunAsync_ControlPlaneAway_StartsFromTheCache()
    {
        var first = await FillAsync();
        await using var f = new Fixture(Options, time: _time);
        f.Signer.Fail();

        f.Start();
        var identity = await f.Client.WaitAsync(CancellationToken.None);

        Assert.Equal(first.Id, identity.Id);
        Assert.Equal(first.Leaf.RawData, identity.Leaf.RawData);
        Assert.Equal(first.Bundle.Roots[0].ToArray(), Assert.Single(identity.Bundle.Roots).ToArray());
        Assert.True(identity.Leaf.HasPrivateKey);
        Assert.Equal(0, f.Signer.Calls);
        Assert.Same(identity, Assert.Single(f.Published));
    }

    [Fact]
    public async Task RunAsync_CachedLeafPastItsRenewal_IsUsedAndRenewedAtOnce()
    {
        var certs = new CertFactory(_time);
        var first = await FillAsync(certs);
        _time.Advance(TimeSpan.FromHours(60));
        await using var f = new Fixture(Options, time: _time, certs: certs);

        f.Start();
        await f.UntilAsync(() => f.Client.Renewals == 1);

        Assert.Equal(first.Leaf.RawData, f.Published.First().Leaf.RawData);
        Assert.Equal(2, f.Published.Count);
    }

    [Fact]
    public async Task RunAsync_Cache_IsReadableByItsOwnerOnly()
    {
        await FillAsync();

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(CacheFile));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(CacheDirectory));
    }

    [Fact]
    public async Task RunAsync_NoCacheAsked_WritesNothing()
    {
        await using var f = new Fixture(Fixture.NoTimeout with { CacheOwner = "web-sidecar" }, time: _time);

        await f.StartWithLeafAsync();

        Assert.Empty(Directory.GetFileSystemEntries(_parent));
    }

    [Fact]
    public async Task RunAsync_Renewal_ReplacesTheCache()
    {
        await using var f = new Fixture(Options, time: _time);
        await f.StartWithLeafAsync();
        var before = await File.ReadAllBytesAsync(CacheFile);

        f.Client.RenewNow();
        await f.UntilAsync(() => f.Client.Renewals == 2 && f.Asleep);

        Assert.NotEqual(before, await File.ReadAllBytesAsync(CacheFile));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"Version":2}""")]
    [InlineData("""{"Version":1,"Key":"AAAA","Chain":["AAAA"],"TrustDomain":"a.konsul","Roots":["AAAA"]}""")]
    [InlineData("""{"Version":1,"Key":"AAAA","Chain":[null],"TrustDomain":"a.konsul","Roots":[]}""")]
    [InlineData("""{"Version":1,"Key":"AAAA","Chain":[],"TrustDomain":"A B","Roots":[]}""")]
    public async Task RunAsync_CorruptCache_IsIgnoredWithAReason(string content)
    {
        await FillAsync();
        await File.WriteAllTextAsync(CacheFile, content);

        await AssertIgnoredAsync("");
    }

    [Fact]
    public async Task RunAsync_ExpiredCache_IsIgnoredWithAReason()
    {
        await FillAsync();
        _time.Advance(TimeSpan.FromHours(73));

        await AssertIgnoredAsync("expired");
    }

    [Fact]
    public async Task RunAsync_CacheOthersMayRead_IsIgnoredWithAReason()
    {
        await FillAsync();
        File.SetUnixFileMode(CacheFile, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);

        await AssertIgnoredAsync("others than its owner");
    }

    [Fact]
    public async Task RunAsync_HugeCache_IsIgnoredUnread()
    {
        await FillAsync();
        await using (var stream = new FileStream(CacheFile, FileMode.Open))
        {
            stream.SetLength(1L << 40);
        }

        await AssertIgnoredAsync("bytes, more than");
    }

    [Fact]
    public async Task RunAsync_CacheOfAnotherOwner_IsNotSeen()
    {
        await FillAsync();
        await using var f = new Fixture(Options with { CacheOwner = "api-sidecar" }, time: _time);
        f.Signer.Fail();

        f.Start();
        await f.UntilFailuresAsync(1);

        Assert.Null(f.Client.Current);
        Assert.DoesNotContain(f.Log, l => l.Contains("Ignored", StringComparison.Ordinal));
    }

    [Fact]
    public async Task RunAsync_CacheCannotBeWritten_GoesOnWithoutIt()
    {
        await File.WriteAllTextAsync(CacheDirectory, "a file where the directory should be");
        await using var f = new Fixture(Options, time: _time);

        await f.StartWithLeafAsync();

        Assert.NotNull(f.Client.Current);
        Assert.Contains(f.Log, l => l.Contains("cannot be kept", StringComparison.Ordinal));
    }

    public void Dispose() => Directory.Delete(_parent, recursive: true);

    private async Task<WorkloadIdentity> FillAsync(CertFactory? certs = null)
    {
        var f = new Fixture(Options, time: _time, certs: certs);
        var identity = await f.StartWithLeafAsync();
        await f.StopAsync();
        return identity;
    }

    private async Task AssertIgnoredAsync(string reason)
    {
        await using var f = new Fixture(Options, time: _time);
        f.Signer.Fail();

        f.Start();
        await f.UntilFailuresAsync(1);

        Assert.Null(f.Client.Current);
        Assert.Contains(f.Log, l => l.Contains("Ignored the cached", StringComparison.Ordinal) && l.Contains(reason, StringComparison.Ordinal));
    }
}
