using System.Security.Cryptography.X509Certificates;
using Konsul.Mesh.Etcd.Tests.Fixtures;
using Konsul.Mesh.Raft.Host;
using Konsul.Mesh.TestKit;

namespace Konsul.Mesh.Etcd.Tests;

/// <summary>etcd as operators run it: with a quota, with users, with TLS, with several members.</summary>
public sealed class OperationsTests
{
    [Fact]
    public async Task Etcd_Full_RefusesWritesServesReadsAndGoesOnAfterTheAlarm()
    {
        await using var etcd = await EtcdProcess.StartAsync("--quota-backend-bytes", "2000000");
        await using var a = await Node.OpenAsync("a", etcd);
        await a.BecomesLeaderAsync();
        await a.ProposeAsync("before");
        await FillAsync(etcd);
        Exception? refused = null;
        await Eventually.HoldsAsync("a write is refused because etcd is full", async () =>
        {
            // On a busy machine the one that fills it can time out instead, its outcome unknown.
            refused = await Record.ExceptionAsync(() => a.ProposeAsync(Filler));
            return refused is ProposalRefusedException { Refusal: ProposalRefusal.DiskFull };
        });

        await Eventually.HoldsAsync("the status says so", () => Task.FromResult(a.Log.Status.DiskFull));
        Assert.True(await a.Log.ReadBarrierAsync() >= 2);
        await MakeRoomAsync(etcd);
        var tries = 0;
        await Eventually.HoldsAsync("writes go through", async () =>
        {
            await a.ProposeAsync($"small {++tries}");
            return true;
        });

        await Eventually.HoldsAsync("the status says so", () => Task.FromResult(!a.Log.Status.DiskFull));
        Assert.Single(a.Machine.Commands, $"small {tries}");
    }

    [Fact]
    public async Task Etcd_FullWhileAWriteIsInDoubt_RefusesTheOthersAndKeepsThatOneOpen()
    {
        await using var etcd = await EtcdProcess.StartAsync("--quota-backend-bytes", "2000000");
        await using var link = new LossyLink(etcd.Port);
        await using var a = new Node("a", link.Address);
        await a.OpenAsync();
        await FillAsync(etcd);

        link.Swallow();
        var open = a.ProposeAsync("in doubt");
        await Eventually.HoldsAsync("its outcome is open", () => Task.FromResult(a.Lines.Have("is not confirmed by etcd yet")));
        link.Mend();
        await Eventually.HoldsAsync("others are refused", async () =>
            await Record.ExceptionAsync(() => a.ProposeAsync("another")) is ProposalRefusedException { Refusal: ProposalRefusal.DiskFull });
        Assert.True(a.Log.Status.DiskFull);
        await MakeRoomAsync(etcd);

        await Record.ExceptionAsync(() => open);
        await Eventually.HoldsAsync("writes go through", async () => (await a.ProposeAsync("after")).Index > 0);
        Assert.Single(a.Machine.Commands, "in doubt");
        Assert.DoesNotContain("another", a.Machine.Commands);
    }

    private static readonly string Filler = new('x', 100_000);

    /// <summary>Until etcd refuses: how many bytes that takes depends on how its writes fall together.</summary>
    private static async Task FillAsync(EtcdProcess etcd)
    {
        for (var i = 0; i < 100; i++)
        {
            try
            {
                await EtcdCtl.RunAsync(etcd, "put", $"/else/{i}", Filler);
            }
            catch (Xunit.Sdk.XunitException e) when (e.Message.Contains("space exceeded", StringComparison.Ordinal))
            {
                return;
            }
        }

        Assert.Fail("etcd did not become full");
    }

    /// <summary>What an operator does.</summary>
    private static async Task MakeRoomAsync(EtcdProcess etcd)
    {
        await EtcdCtl.RunAsync(etcd, "del", "/else/", "--prefix");
        await EtcdCtl.CompactAsync(etcd);
        await EtcdCtl.RunAsync(etcd, "defrag");
        await EtcdCtl.RunAsync(etcd, "alarm", "disarm");
    }

    [Fact]
    public async Task Etcd_WithUsers_NeedsTheRightOneAndLogsInAgain()
    {
        await using var etcd = await EtcdProcess.StartAsync("--auth-token-ttl", "1");
        await EtcdCtl.RunAsync(etcd, "user", "add", "root:secret");
        await EtcdCtl.RunAsync(etcd, "user", "grant-role", "root", "root");
        await EtcdCtl.RunAsync(etcd, "role", "add", "konsul");
        await EtcdCtl.RunAsync(etcd, "role", "grant-permission", "konsul", "--prefix=true", "readwrite", "/konsul/dc1/");
        await EtcdCtl.RunAsync(etcd, "user", "add", "konsul:pass");
        await EtcdCtl.RunAsync(etcd, "user", "grant-role", "konsul", "konsul");
        await EtcdCtl.RunAsync(etcd, "auth", "enable");

        foreach (var (user, password) in new[] { ((string?)null, ""), ("konsul", "wrong"), ("nobody", "pass") })
        {
            await using var stranger = new Node("x", etcd.Address);
            stranger.Options = stranger.Options with { Connection = stranger.Options.Connection with { User = user, Password = password } };
            var denied = await Assert.ThrowsAsync<EtcdException>(stranger.OpenAsync);
            Assert.Equal(EtcdFailure.Denied, denied.Failure);
            Assert.DoesNotContain("pass:", denied.Message, StringComparison.Ordinal);
        }

        var asKonsul = (EtcdLogOptions o) => o with { Connection = o.Connection with { User = "konsul", Password = "pass" } };
        await using var a = await Node.OpenAsync("a", etcd, asKonsul);
        await using var b = await Node.OpenAsync("b", etcd, asKonsul);
        await a.BecomesLeaderAsync();
        await a.ProposeAsync("one");
        await b.AppliesAsync(1);
        await etcd.KillAsync();
        etcd.Start();

        // Tokens are in etcd's memory: all of them are void now.
        await a.ProposeAsync("two");
        await b.AppliesAsync(2);
        await a.Log.SnapshotAsync();
        Assert.Equal(a.Machine.Applied, b.Machine.Applied);
    }

    [Fact]
    public async Task Etcd_WithTls_IsVerifiedAndShownOurCertificate()
    {
        EtcdProcess.SkipWithout();
        using var ca = new CertFactory();
        using var foreign = new CertFactory();
        using var folder = new TemporaryFolder();
        using var server = ca.Leaf(new LeafShape { DnsNames = ["localhost"] });
        using var client = ca.Leaf(new LeafShape { Subject = "CN=konsul", DnsNames = ["konsul"] });
        await File.WriteAllTextAsync(folder.File("ca.pem"), ca.Root.ExportCertificatePem());
        await File.WriteAllTextAsync(folder.File("server.pem"), server.ExportCertificatePem());
        await File.WriteAllTextAsync(folder.File("server.key"), server.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        await File.WriteAllTextAsync(folder.File("client.pem"), client.ExportCertificatePem());
        await File.WriteAllTextAsync(folder.File("client.key"), client.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        await File.WriteAllTextAsync(folder.File("foreign.pem"), foreign.Root.ExportCertificatePem());
        await using var etcd = await EtcdProcess.StartAsync(
            "https",
            ["--cert-file", folder.File("server.pem"), "--key-file", folder.File("server.key"), "--trusted-ca-file", folder.File("ca.pem"), "--client-cert-auth"]);
        var address = new Uri($"https://localhost:{etcd.Port}");
        async Task<Node> With(string? roots, string? certificate, string? key)
        {
            var node = new Node("a", address);
            var tls = EtcdTls.Load(roots, certificate, key);
            node.Options = node.Options with
            {
                Connection = node.Options.Connection with { TrustedRoots = tls.TrustedRoots, ClientCertificate = tls.ClientCertificate },
            };
            return await Task.FromResult(node);
        }

        await using (var distrusting = await With(folder.File("foreign.pem"), folder.File("client.pem"), folder.File("client.key")))
        {
            var refused = await Assert.ThrowsAsync<EtcdException>(distrusting.OpenAsync);
            Assert.Contains("certificate", refused.Message, StringComparison.Ordinal);
        }

        await using (var nameless = await With(folder.File("ca.pem"), null, null))
        {
            Assert.Equal(EtcdFailure.Unreachable, (await Assert.ThrowsAsync<EtcdException>(nameless.OpenAsync)).Failure);
        }

        await using var a = await With(folder.File("ca.pem"), folder.File("client.pem"), folder.File("client.key"));
        await a.OpenAsync();
        await a.ProposeAsync("private");
        Assert.Equal(["private"], a.Machine.Commands);
    }

    [Fact]
    public async Task Etcd_ThreeMembersOneKilled_TheNextEndpointServes()
    {
        var members = await EtcdProcess.StartClusterAsync(3);
        try
        {
            await using var a = new Node("a", [.. members.Select(m => m.Address)]);
            await a.OpenAsync();
            await using var b = new Node("b", [.. members.Reverse().Select(m => m.Address)]);
            await b.OpenAsync();
            await a.ProposeAsync("one");

            await members[0].KillAsync();
            await a.ProposeAsync("two");
            await b.AppliesAsync(2);
            await Eventually.HoldsAsync("there is a leader", () => Task.FromResult(a.Log.Status.Leader.Length > 0));
            members[0].Start();
            await members[0].IsReadyAsync();
            await members[2].KillAsync();
            await b.ProposeAsync("three");
            await a.AppliesAsync(3);

            Assert.Equal(["one", "two", "three"], a.Machine.Commands);
            Assert.Equal(a.Machine.Applied, b.Machine.Applied);
        }
        finally
        {
            await Task.WhenAll(members.Select(m => m.DisposeAsync().AsTask()));
        }
    }

    [Fact]
    public async Task Etcd_OneOfThreeMembersFrozen_TheNextEndpointServesLongBeforeTheCallTimeout()
    {
        var members = await EtcdProcess.StartClusterAsync(3);
        try
        {
            await using var a = new Node("a", [.. members.Select(m => m.Address)]);
            a.Options = a.Options with { Connection = a.Options.Connection with { CallTimeout = TimeSpan.FromMinutes(5) } };
            await a.OpenAsync();
            await a.ProposeAsync("one");

            members[0].Freeze();
            await a.ProposeAsync("two");
            members[0].Thaw();

            Assert.Equal(["one", "two"], a.Machine.Commands);
        }
        finally
        {
            await Task.WhenAll(members.Select(m => m.DisposeAsync().AsTask()));
        }
    }
}
