using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Konsul.Mesh.TestKit;

namespace Konsul.Mesh.Server.Tests.Functional;

public sealed class ConnectTests
{
    [Fact]
    public async Task Leaf_Service_ChainsToTheRootAndHasItsKey()
    {
        await using var server = await TestServer.StartAsync();
        var roots = (await server.GetAsync("/v1/connect/ca/roots")).Json;
        var leaf = await server.GetAsync("/v1/agent/connect/ca/leaf/web");

        using var certificate = X509Certificate2.CreateFromPem(leaf.Json.GetProperty("CertPEM").GetString(), leaf.Json.GetProperty("PrivateKeyPEM").GetString());
        using var root = X509Certificate2.CreateFromPem(roots.GetProperty("Roots")[0].GetProperty("RootCert").GetString());
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(root);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;

        Assert.True(chain.Build(certificate));
        Assert.Equal($"spiffe://{roots.GetProperty("TrustDomain").GetString()}/ns/default/dc/dc1/svc/web", leaf.Json.GetProperty("ServiceURI").GetString());
        Assert.Equal(leaf.Text, (await server.GetAsync("/v1/agent/connect/ca/leaf/web")).Text);
        Assert.True(leaf.Index >= 1);
        Assert.StartsWith("-----BEGIN CERTIFICATE-----", (await server.GetAsync("/v1/connect/ca/roots?pem=true")).Text, StringComparison.Ordinal);
        Assert.DoesNotContain("PRIVATE KEY", roots.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Leaf_Blocking_ReturnsTheRenewedOneAtHalfToSeventyPercentOfLife()
    {
        var time = new ManualTimeProvider();
        await using var server = await TestServer.StartAsync(time, change: s => s with { Ca = s.Ca with { LeafTtl = TimeSpan.FromMinutes(10) } });
        var first = await server.GetAsync("/v1/agent/connect/ca/leaf/web");
        time.Advance(TimeSpan.FromMinutes(4));
        Assert.Equal(first.Text, (await server.GetAsync("/v1/agent/connect/ca/leaf/web")).Text);
        var timers = time.ArmedTimers;
        var waiting = server.GetAsync($"/v1/agent/connect/ca/leaf/web?index={first.Index}&wait=600s");
        await server.UntilTimersAsync(time, timers + 1);

        time.Advance(TimeSpan.FromMinutes(4));

        var second = await waiting;
        Assert.True(second.Index > first.Index);
        Assert.NotEqual(first.Json.GetProperty("SerialNumber").GetString(), second.Json.GetProperty("SerialNumber").GetString());
    }

    [Theory]
    [InlineData("web", "api", true)]
    [InlineData("bad", "api", false)]
    public async Task Authorize_ClientCertificate_FollowsIntentions(string source, string target, bool allowed)
    {
        await using var server = await TestServer.StartAsync();
        await server.MustPutAsync("/v1/connect/intentions/exact?source=bad&destination=api", """{"Action":"deny"}""");
        var domain = (await server.GetAsync("/v1/connect/ca/roots")).Json.GetProperty("TrustDomain").GetString();

        var decision = await server.SendAsync("POST", "/v1/agent/connect/authorize",
            $$"""{"Target":"{{target}}","ClientCertURI":"spiffe://{{domain}}/ns/default/dc/dc1/svc/{{source}}","ClientCertSerial":"01"}""");
        var foreign = await server.SendAsync("POST", "/v1/agent/connect/authorize",
            $$"""{"Target":"{{target}}","ClientCertURI":"spiffe://other.konsul/ns/default/dc/dc1/svc/{{source}}"}""");

        Assert.Equal(allowed, decision.Json.GetProperty("Authorized").GetBoolean());
        Assert.False(foreign.Json.GetProperty("Authorized").GetBoolean());
        Assert.Equal(400, (int)(await server.SendAsync("POST", "/v1/agent/connect/authorize", """{"Target":"api","ClientCertURI":"x"}""")).Status);
    }
}
