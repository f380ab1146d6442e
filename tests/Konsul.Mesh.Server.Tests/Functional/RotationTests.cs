using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Konsul.Mesh.TestKit;

namespace Konsul.Mesh.Server.Tests.Functional;

/// <summary>A change of the root on one server, through its API.</summary>
public sealed class RotationTests
{
    private const string Rotation = "/v1/connect/ca/rotation";
    private const string Configuration = "/v1/connect/ca/configuration";
    private const string Roots = "/v1/connect/ca/roots";

    [Fact]
    public async Task Rotate_OnManualTime_GoesThroughEveryStageAndEndsWithTheNewRootAlone()
    {
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        await using var server = await TestServer.StartAsync(time, change: s => s with { Ca = s.Ca with { LeafTtl = TimeSpan.FromMinutes(10) } });
        var old = ActiveRoot(await server.GetAsync(Roots));
        var leaf = await server.GetAsync("/v1/agent/connect/ca/leaf/web");
        Assert.Equal("idle", Stage(await server.GetAsync(Rotation)));

        var next = (await server.MustPutAsync(Rotation)).Json.GetProperty("RootID").GetString()!;
        var published = await server.GetAsync(Roots);
        Assert.Equal((old, 2), (ActiveRoot(published), published.Json.GetProperty("Roots").GetArrayLength()));
        Assert.Equal("publishing", Stage(await server.GetAsync(Rotation)));
        Assert.Equal(2, (await server.GetAsync(Roots + "?pem=true")).Text.Split("BEGIN CERTIFICATE").Length - 1);
        var metrics = (await server.GetAsync("/metrics")).Text;
        Assert.Contains("konsul_ca_rotation_stage 1", metrics, StringComparison.Ordinal);
        Assert.Contains("konsul_ca_leaf_expiry_seconds ", metrics, StringComparison.Ordinal);

        await UntilAsync(server, time, TimeSpan.FromSeconds(1), Roots, r => ActiveRoot(r) == next);
        await server.UntilAsync(Rotation, r => Stage(r) == "retiring");
        await Eventually.HoldsAsync("the gRPC port shows a leaf of the new root", async () => await ShownIssuerAsync(server) == KeyIdOf(await server.GetAsync(Roots), next));
        await UntilAsync(server, time, TimeSpan.FromSeconds(1), "/v1/agent/connect/ca/leaf/web", r => r.Text != leaf.Text);
        var renewed = await server.GetAsync("/v1/agent/connect/ca/leaf/web");
        Assert.Equal(2, renewed.Json.GetProperty("CertPEM").GetString()!.Split("BEGIN CERTIFICATE").Length - 1);

        time.Advance(TimeSpan.FromMinutes(10 + 4));
        await server.UntilAsync(Roots, r => r.Json.GetProperty("Roots").GetArrayLength() == 2);
        await UntilAsync(server, time, TimeSpan.FromSeconds(10), Roots, r => r.Json.GetProperty("Roots").GetArrayLength() == 1);
        Assert.Equal(next, ActiveRoot(await server.GetAsync(Roots)));
        Assert.Equal("idle", Stage(await server.GetAsync(Rotation)));
        Assert.Contains("konsul_ca_roots 1", (await server.GetAsync("/metrics")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rotate_ByItself_WhenAFifthOfTheLifeIsLeft()
    {
        var minute = TimeSpan.FromMinutes(1);
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        await using var server = await TestServer.StartAsync(time, change: s => s with { Ca = s.Ca with { RootTtl = TimeSpan.FromMinutes(100), LeafTtl = minute, PublishWait = minute, Skew = minute } });
        var old = ActiveRoot(await server.GetAsync(Roots));

        time.Advance(TimeSpan.FromMinutes(79));
        Assert.Equal("idle", Stage(await server.GetAsync(Rotation)));
        time.Advance(TimeSpan.FromMinutes(1.5));
        await UntilAsync(server, time, TimeSpan.FromSeconds(1), Roots, r => ActiveRoot(r) != old);

        Assert.Equal("retiring", Stage(await server.GetAsync(Rotation)));
    }

    [Fact]
    public async Task Rotate_Aborted_LeavesTheOldRootAlone_AndNotAfterActivation()
    {
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        await using var server = await TestServer.StartAsync(time);
        var old = ActiveRoot(await server.GetAsync(Roots));
        Assert.Equal(HttpStatusCode.Conflict, (await server.SendAsync("DELETE", Rotation)).Status);

        var next = (await server.MustPutAsync(Rotation)).Json.GetProperty("RootID").GetString();
        Assert.Equal(HttpStatusCode.Conflict, (await server.PutAsync(Rotation)).Status);
        Assert.Equal(next, (await server.SendAsync("DELETE", Rotation)).Json.GetProperty("RootID").GetString());
        var after = await server.GetAsync(Roots);
        Assert.Equal((old, 1), (ActiveRoot(after), after.Json.GetProperty("Roots").GetArrayLength()));

        await server.MustPutAsync(Rotation);
        await UntilAsync(server, time, TimeSpan.FromSeconds(1), Rotation, r => Stage(r) == "retiring");
        Assert.Equal(HttpStatusCode.Conflict, (await server.SendAsync("DELETE", Rotation)).Status);
    }

    [Fact]
    public async Task Rotate_Restarted_GoesOnWhereItWas()
    {
        var directory = TestServer.NewDirectory();
        try
        {
            string next;
            await using (var first = await TestServer.StartAsync(directory: directory))
            {
                next = (await first.MustPutAsync(Rotation)).Json.GetProperty("RootID").GetString()!;
                await first.Server.SnapshotAsync();
            }

            await using (var second = await TestServer.StartAsync(directory: directory))
            {
                await second.UntilAsync(Roots, r => ActiveRoot(r) == next);
            }

            await using var third = await TestServer.StartAsync(directory: directory);
            Assert.Equal("retiring", Stage(await third.GetAsync(Rotation)));
            Assert.Equal(KeyIdOf(await third.GetAsync(Roots), next), await ShownIssuerAsync(third));
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(directory)!, recursive: true);
        }
    }

    [Fact]
    public async Task Configuration_Changed_HoldsForLeavesAndIsShown()
    {
        await using var server = await TestServer.StartAsync();
        var before = await server.GetAsync(Configuration);
        Assert.Equal(("consul", "72h0m0s"), (before.Json.GetProperty("Provider").GetString(), Value(before, "LeafCertTTL").GetString()));

        await server.MustPutAsync(Configuration, """{"Provider":"consul","Config":{"LeafCertTTL":"2h","CSRMaxPerSecond":7}}""");
        var after = await server.GetAsync(Configuration);
        var leaf = await server.GetAsync("/v1/agent/connect/ca/leaf/web");

        Assert.Equal(("2h0m0s", 7), (Value(after, "LeafCertTTL").GetString(), Value(after, "CSRMaxPerSecond").GetInt32()));
        Assert.True(after.Json.GetProperty("ModifyIndex").GetUInt64() > before.Json.GetProperty("ModifyIndex").GetUInt64());
        Assert.Equal(TimeSpan.FromHours(2).TotalSeconds, (leaf.Json.GetProperty("ValidBefore").GetDateTimeOffset() - DateTimeOffset.UtcNow).TotalSeconds, 60d);
        Assert.Equal("idle", Stage(await server.GetAsync(Rotation)));
    }

    [Theory]
    [InlineData("""{"Provider":"vault"}""", "Provider must be")]
    [InlineData("""{"Config":{"LeafCertTTL":"1m"}}""", "LeafCertTTL must be at least")]
    [InlineData("""{"Config":{"RootCertTTL":"100h"}}""", "RootCertTTL must be at least")]
    [InlineData("""{"Config":{"PrivateKeyType":"rsa","PrivateKeyBits":2048}}""", "PrivateKeyType")]
    [InlineData("""{"Config":{"RootCert":"x"}}""", "belong together")]
    [InlineData("""{"Config":{"RootCert":"x","PrivateKey":"secret"}}""", "RootCert is not a certificate")]
    [InlineData("""{"Config":{"Typo":1}}""", "unknown field")]
    [InlineData("[]", "")]
    public async Task Configuration_Wrong_IsRefusedAndChangesNothing(string body, string expected)
    {
        await using var server = await TestServer.StartAsync();
        var before = await server.GetAsync(Configuration);

        var refusal = await server.PutAsync(Configuration, body);

        Assert.Equal(HttpStatusCode.BadRequest, refusal.Status);
        Assert.Contains(expected, refusal.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", refusal.Text, StringComparison.Ordinal);
        Assert.Equal(before.Text, (await server.GetAsync(Configuration)).Text);
    }

    [Fact]
    public async Task Configuration_OtherKey_BeginsARotationToOneOfThatKind()
    {
        await using var server = await TestServer.StartAsync();

        await server.MustPutAsync(Configuration, """{"Config":{"PrivateKeyType":"ec","PrivateKeyBits":384}}""");
        var roots = await server.UntilAsync(Roots, r => r.Json.GetProperty("Roots")[0].GetProperty("PrivateKeyBits").GetInt32() == 384);

        Assert.Equal(2, roots.Json.GetProperty("Roots").GetArrayLength());
        Assert.StartsWith("-----BEGIN CERTIFICATE", roots.Json.GetProperty("Roots")[0].GetProperty("IntermediateCerts")[0].GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain("PRIVATE", roots.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Configuration_OwnRoot_TakesThePlace()
    {
        await using var server = await TestServer.StartAsync();
        var domain = (await server.GetAsync(Roots)).Json.GetProperty("TrustDomain").GetString()!;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Corporate", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        request.CertificateExtensions.Add(UriName($"spiffe://{domain}"));
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddYears(5));
        var body = System.Text.Json.JsonSerializer.Serialize(new
        {
            Provider = "consul",
            Config = new { RootCert = certificate.ExportCertificatePem(), PrivateKey = key.ExportPkcs8PrivateKeyPem() },
        });

        await server.MustPutAsync(Configuration, body);
        await server.UntilAsync(Roots, r => r.Json.GetProperty("Roots")[0].GetProperty("Name").GetString() == "Corporate");

        Assert.DoesNotContain("PRIVATE", (await server.GetAsync(Configuration)).Text, StringComparison.Ordinal);
        await server.MustPutAsync(Configuration, body);
        Assert.Equal(2, (await server.GetAsync(Roots)).Json.GetProperty("Roots").GetArrayLength());
    }

    private static X509Extension UriName(string uri)
    {
        var writer = new System.Formats.Asn1.AsnWriter(System.Formats.Asn1.AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteCharacterString(System.Formats.Asn1.UniversalTagNumber.IA5String, uri, new System.Formats.Asn1.Asn1Tag(System.Formats.Asn1.TagClass.ContextSpecific, 6));
        }

        return new X509Extension("2.5.29.17", writer.Encode(), critical: false);
    }

    private static async Task UntilAsync(TestServer server, ManualTimeProvider time, TimeSpan step, string path, Func<Reply, bool> satisfied) =>
        await Eventually.HoldsAsync($"{path} is as expected", async () =>
        {
            time.Advance(step);
            return satisfied(await server.GetAsync(path));
        });

    private static string Stage(Reply reply) => reply.Json.GetProperty("Stage").GetString()!;

    private static string ActiveRoot(Reply roots) => roots.Json.GetProperty("ActiveRootID").GetString()!;

    private static string KeyIdOf(Reply roots, string id) => roots.Json.GetProperty("Roots").EnumerateArray()
        .Single(r => r.GetProperty("ID").GetString() == id).GetProperty("SigningKeyID").GetString()!.Replace(":", "", StringComparison.Ordinal);

    private static System.Text.Json.JsonElement Value(Reply configuration, string name) => configuration.Json.GetProperty("Config").GetProperty(name);

    /// <summary>The key identifier of who signed what the gRPC port shows.</summary>
    internal static async Task<string> ShownIssuerAsync(TestServer server)
    {
        using var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, server.Server.GrpcPort);
        var shown = "";
        await using var tls = new SslStream(client.GetStream(), false, (_, certificate, _, _) =>
        {
            shown = Convert.ToHexStringLower(((X509Certificate2)certificate!).Extensions.OfType<X509AuthorityKeyIdentifierExtension>().Single().KeyIdentifier!.Value.Span);
            return true;
        });
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost" });
        return shown;
    }
}
