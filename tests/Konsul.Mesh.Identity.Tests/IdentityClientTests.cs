using System.Security.Cryptography.X509Certificates;
using Konsul.Mesh.Ca;
using Konsul.Mesh.Model.Identity;
using Konsul.Mesh.TestKit;

namespace Konsul.Mesh.Identity.Tests;

public sealed class IdentityClientTests
{
    private const double AlmostOne = 0.999999;

    [Fact]
    public async Task RunAsync_Start_PublishesALeafForItsOwnKey()
    {
        await using var f = new Fixture();
        Assert.Null(f.Client.Current);
        Assert.Null(f.Client.RemainingLife);

        var identity = await f.StartWithLeafAsync();

        Assert.Equal(f.Certs.Id("web"), identity.Id);
        Assert.Same(identity, await f.Client.WaitAsync(CancellationToken.None));
        Assert.Same(identity, Assert.Single(f.Published));
        Assert.True(identity.Leaf.HasPrivateKey);
        Assert.Equal(identity.Leaf.RawData, identity.Handshake.TargetCertificate.RawData);
        Assert.Equal(TimeSpan.FromHours(72), f.Client.RemainingLife);
    }

    [Theory]
    [InlineData(0, 0.5)]
    [InlineData(0.5, 0.6)]
    [InlineData(AlmostOne, 0.7)]
    public async Task RunAsync_Life_RenewsWhereTheDrawSaysAndNotBefore(double draw, double part)
    {
        await using var f = new Fixture(draw: draw);
        var first = await f.StartWithLeafAsync();
        var due = first.NotBefore + ((first.NotAfter - first.NotBefore) * part);

        await AdvanceAsleepAsync(f, due - TimeSpan.FromMinutes(1));
        Assert.Equal(1, f.Signer.Calls);
        f.Time.SetUtcNow(due + TimeSpan.FromSeconds(1));
        await f.UntilAsync(() => f.Client.Renewals == 2);

        Assert.NotEqual(first.Leaf.PublicKey.ExportSubjectPublicKeyInfo(), f.Client.Current!.Leaf.PublicKey.ExportSubjectPublicKeyInfo());
        Assert.Equal(2, f.Published.Count);
        Assert.Equal(first.Id, f.Client.Current.Id);
    }

    [Fact]
    public async Task RunAsync_LifeOfSeconds_RenewsManyTimesWithoutAGap()
    {
        await using var f = new Fixture();
        f.Signer.Policy = new LeafPolicy { Lifetime = TimeSpan.FromSeconds(10) };
        await f.StartWithLeafAsync();

        for (var renewals = 2; renewals <= 20; renewals++)
        {
            while (f.Client.Renewals < renewals)
            {
                await f.UntilAsync(() => f.Asleep || f.Client.Renewals >= renewals);
                Assert.True(f.Client.RemainingLife > TimeSpan.FromSeconds(2), $"{f.Client.RemainingLife} left before renewal {renewals}");
                f.Time.Advance(TimeSpan.FromMilliseconds(500));
                await f.UntilAsync(() => f.Asleep);
            }
        }

        Assert.Equal(20, f.Signer.Requests.Select(Convert.ToHexString).Distinct().Count());
        Assert.Equal(0, f.Client.Failures);
    }

    [Fact]
    public async Task RunAsync_SignerFails_KeepsTheLeafAndBacksOffLonger()
    {
        await using var f = new Fixture(draw: AlmostOne);
        var first = await f.StartWithLeafAsync();
        f.Signer.Fail();
        f.Time.SetUtcNow(first.NotBefore + ((first.NotAfter - first.NotBefore) * 0.7));
        await f.UntilFailuresAsync(1);

        var failures = 1;
        foreach (var seconds in (int[])[1, 2, 4, 8, 16, 32, 60, 60])
        {
            f.Time.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromMilliseconds(100));
            Assert.Equal((failures, true), (f.Client.ConsecutiveFailures, f.Asleep));
            f.Time.Advance(TimeSpan.FromMilliseconds(100));
            await f.UntilFailuresAsync(++failures);
            Assert.Same(first, f.Client.Current);
        }

        Assert.Contains(f.Log, l => l.Contains("the control plane is away", StringComparison.Ordinal));
        f.Signer.Recover();
        f.Time.Advance(TimeSpan.FromSeconds(60));
        await f.UntilAsync(() => f.Client.Renewals == 2);
        Assert.Equal((0, (long)failures), (f.Client.ConsecutiveFailures, f.Client.Failures));
    }

    [Fact]
    public async Task RunAsync_SignerAwayPastTheEnd_ReportsItAndRecovers()
    {
        await using var f = new Fixture();
        f.Signer.Policy = new LeafPolicy { Lifetime = TimeSpan.FromSeconds(10) };
        var first = await f.StartWithLeafAsync();
        f.Signer.Fail();

        while (f.Client.RemainingLife > TimeSpan.Zero)
        {
            f.Time.Advance(TimeSpan.FromMilliseconds(250));
            await f.UntilAsync(() => f.Asleep);
        }

        Assert.Same(first, f.Client.Current);
        Assert.True(f.Client.Failures >= 3, $"{f.Client.Failures} attempts in the last four seconds");
        f.Signer.Recover();
        f.Signer.Policy = LeafPolicy.Default;
        f.Time.Advance(TimeSpan.FromSeconds(60));
        await f.UntilAsync(() => f.Client.Renewals == 2);
        Assert.True(f.Client.RemainingLife > TimeSpan.Zero);
    }

    [Fact]
    public async Task RunAsync_SignerHangs_GivesUpAfterTheTimeout()
    {
        await using var f = new Fixture(new IdentityOptions { AttemptTimeout = TimeSpan.FromSeconds(7) });
        f.Signer.Answer = (_, _) => new TaskCompletionSource<SignedChain>().Task;
        f.Start();
        await f.UntilAsync(() => f.Signer.Calls == 1 && f.Time.ArmedTimers == 1);

        f.Time.Advance(TimeSpan.FromSeconds(7));
        await f.UntilAsync(() => f.Client.Failures == 1);

        Assert.Contains(f.Log, l => l.Contains("no answer within 7 s", StringComparison.Ordinal));
    }

    [Fact]
    public async Task RunAsync_LeafOfAnotherKey_IsNotPublished()
    {
        await using var f = new Fixture();
        f.Signer.Answer = (_, _) => Task.FromResult(new SignedChain([f.Certs.Leaf(f.Certs.Id("web")).RawData], f.Certs.Bundle));

        await AssertRefusedAsync(f, "another key");
    }

    [Fact]
    public async Task RunAsync_ChainThatDoesNotLeadToTheBundle_IsNotPublished()
    {
        await using var f = new Fixture();
        using var impostor = f.Certs.Impostor();
        f.Signer.Answer = (csr, _) => Task.FromResult(f.Signer.Sign(csr, impostor, f.Certs.Bundle));

        await AssertRefusedAsync(f, "peers would refuse");
    }

    [Fact]
    public async Task RunAsync_NoCertificate_IsNotPublished()
    {
        await using var f = new Fixture();
        f.Signer.Answer = (_, _) => Task.FromResult(new SignedChain([], f.Certs.Bundle));

        await AssertRefusedAsync(f, "0 certificates");
    }

    [Fact]
    public async Task RunAsync_Garbage_IsNotPublished()
    {
        await using var f = new Fixture();
        f.Signer.Answer = (_, _) => Task.FromResult(new SignedChain([new byte[] { 1, 2, 3 }], f.Certs.Bundle));

        await AssertRefusedAsync(f, "No certificate");
    }

    [Fact]
    public async Task RunAsync_IntermediateInTheChain_IsSentInHandshakes()
    {
        await using var f = new Fixture();
        var intermediate = f.Certs.Intermediate();
        f.Signer.Answer = (csr, _) =>
        {
            var request = CertificateRequest.LoadSigningRequest(csr, System.Security.Cryptography.HashAlgorithmName.SHA256);
            var leaf = f.Certs.BareLeaf(new LeafShape { Uris = [f.Certs.Id("web").ToString()] }, intermediate, request.PublicKey);
            return Task.FromResult(new SignedChain([leaf.RawData, intermediate.RawData], f.Certs.Bundle));
        };

        var identity = await f.StartWithLeafAsync();

        Assert.Equal(intermediate.RawData, Assert.Single(identity.Handshake.IntermediateCertificates).RawData);
    }

    [Fact]
    public async Task UpdateBundle_NewRoots_PublishesTheSameLeaf()
    {
        await using var f = new Fixture();
        var first = await f.StartWithLeafAsync();
        using var next = f.Certs.Impostor();
        var both = new TrustBundle(f.Certs.TrustDomain, [.. next.Bundle.Roots, .. f.Certs.Bundle.Roots]);

        Assert.True(f.Client.UpdateBundle(both));

        Assert.Equal([first, f.Client.Current], f.Published);
        Assert.Same(both, f.Client.Current!.Bundle);
        Assert.Same(first.Leaf, f.Client.Current.Leaf);
        Assert.Equal(1, f.Signer.Calls);
    }

    [Fact]
    public async Task UpdateBundle_WithoutTheRootOfTheLeaf_FetchesANewLeaf()
    {
        await using var f = new Fixture();
        await f.StartWithLeafAsync();
        using var next = f.Certs.Impostor();
        f.Signer.Answer = (csr, _) => Task.FromResult(f.Signer.Sign(csr, next));

        Assert.True(f.Client.UpdateBundle(next.Bundle));
        await f.UntilAsync(() => f.Client.Renewals == 2);

        var leaf = f.Client.Current!.Leaf;
        Assert.True(SvidVerifier.For(next.Bundle).Verify(leaf, null, f.Time.GetUtcNow(), SvidUsage.Server).Accepted);
    }

    [Fact]
    public async Task UpdateBundle_AnotherRootSigns_FetchesALeafOfItWithinTheSpread()
    {
        await using var f = new Fixture(draw: 0.5);
        await f.StartWithLeafAsync();
        using var next = f.Certs.Impostor();
        f.Signer.Answer = (csr, _) => Task.FromResult(f.Signer.Sign(csr, next));

        f.Client.UpdateBundle(new TrustBundle(f.Certs.TrustDomain, [.. f.Certs.Bundle.Roots, .. next.Bundle.Roots]));
        f.Time.Advance(RenewalSchedule.RootSpread);
        Assert.Equal(1, f.Signer.Calls);
        var both = new TrustBundle(f.Certs.TrustDomain, [.. next.Bundle.Roots, .. f.Certs.Bundle.Roots]);
        f.Client.UpdateBundle(both);
        f.Time.Advance((RenewalSchedule.RootSpread / 2) - TimeSpan.FromSeconds(1));
        await f.UntilAsync(() => f.Asleep);
        Assert.Equal(1, f.Signer.Calls);
        f.Time.Advance(TimeSpan.FromSeconds(1));
        await f.UntilAsync(() => f.Client.Renewals == 2 && f.Asleep);

        Assert.Equal(2, f.Signer.Calls);
        Assert.Same(both, f.Client.Current!.Bundle);
        Assert.True(SvidVerifier.For(next.Bundle).Verify(f.Client.Current.Leaf, null, f.Time.GetUtcNow(), SvidUsage.Server).Accepted);
        f.Time.Advance(RenewalSchedule.RootSpread);
        await f.UntilAsync(() => f.Asleep);
        Assert.Equal(2, f.Signer.Calls);
    }

    [Fact]
    public async Task UpdateBundle_AnotherRootSigns_ASignerThatLagsIsAskedAgain()
    {
        await using var f = new Fixture(draw: 0.5);
        await f.StartWithLeafAsync();
        using var next = f.Certs.Impostor();
        f.Client.UpdateBundle(new TrustBundle(f.Certs.TrustDomain, [.. next.Bundle.Roots, .. f.Certs.Bundle.Roots]));

        f.Time.Advance(RenewalSchedule.RootSpread / 2);
        await f.UntilAsync(() => f.Client.Renewals == 2 && f.Asleep);
        f.Signer.Answer = (csr, _) => Task.FromResult(f.Signer.Sign(csr, next));
        f.Time.Advance(RenewalSchedule.RootSpread / 2);
        await f.UntilAsync(() => f.Client.Renewals == 3);

        Assert.True(SvidVerifier.For(next.Bundle).Verify(f.Client.Current!.Leaf, null, f.Time.GetUtcNow(), SvidUsage.Server).Accepted);
    }

    [Fact]
    public async Task UpdateBundle_SameRoots_PublishesNothing()
    {
        await using var f = new Fixture();
        var first = await f.StartWithLeafAsync();

        Assert.True(f.Client.UpdateBundle(new TrustBundle(f.Certs.TrustDomain, [f.Certs.Bundle.Roots[0].ToArray()])));

        Assert.Same(first, f.Client.Current);
        Assert.Single(f.Published);
    }

    [Fact]
    public async Task UpdateBundle_BeforeAnOlderOneComesWithALeaf_StaysInForce()
    {
        await using var f = new Fixture();
        using var next = f.Certs.Impostor();
        var both = new TrustBundle(f.Certs.TrustDomain, [.. next.Bundle.Roots, .. f.Certs.Bundle.Roots]);

        Assert.True(f.Client.UpdateBundle(both));
        var identity = await f.StartWithLeafAsync();

        Assert.Same(both, identity.Bundle);
    }

    [Fact]
    public async Task UpdateBundle_OtherTrustDomain_KeepsTheIdentityAndFetchesANewOne()
    {
        await using var f = new Fixture();
        using var rebuilt = new CertFactory(f.Time);
        var first = await f.StartWithLeafAsync();
        f.Signer.Answer = (csr, _) => Task.FromResult(f.Signer.Sign(csr, rebuilt));

        Assert.False(f.Client.UpdateBundle(rebuilt.Bundle));
        await f.UntilAsync(() => f.Client.Renewals == 2);

        Assert.Equal([first.Id, rebuilt.Id("web")], f.Published.Select(i => i.Id));
        Assert.Equal(rebuilt.TrustDomain, f.Client.Current!.Bundle.TrustDomain);
    }

    [Fact]
    public async Task Changed_ListenerThrows_IsLoggedAndDoesNotCountAsAFailure()
    {
        await using var f = new Fixture();
        f.Client.Changed += _ => throw new InvalidOperationException("listener");

        await f.StartWithLeafAsync();

        Assert.Equal(0, f.Client.Failures);
        Assert.Contains(f.Log, l => l.Contains("A listener failed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task WaitAsync_Cancelled_Ends()
    {
        await using var f = new Fixture();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => f.Client.WaitAsync(new CancellationToken(canceled: true)));
    }

    /// <summary>Moves time in steps shorter than the loop's longest sleep, so that every sleep has been re-armed before the next.</summary>
    private static async Task AdvanceAsleepAsync(Fixture f, DateTimeOffset to)
    {
        while (f.Time.GetUtcNow() < to)
        {
            var left = to - f.Time.GetUtcNow();
            f.Time.Advance(left < TimeSpan.FromHours(1) ? left : TimeSpan.FromHours(1));
            await f.UntilAsync(() => f.Asleep);
        }
    }

    private static async Task AssertRefusedAsync(Fixture f, string reason)
    {
        f.Start();
        await f.UntilFailuresAsync(1);

        Assert.Null(f.Client.Current);
        Assert.Empty(f.Published);
        Assert.Contains(f.Log, l => l.Contains(reason, StringComparison.Ordinal));
    }
}
