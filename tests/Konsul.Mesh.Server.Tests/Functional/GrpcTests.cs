using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Konsul.Mesh.Model.Identity;
using Konsul.Mesh.Wire.V1;

namespace Konsul.Mesh.Server.Tests.Functional;

public sealed class GrpcTests
{
    private const string Pair = """{"Name":"web","Port":8080,"Connect":{"SidecarService":{}}}""";
    private const string Management = "c0ffee";

    [Fact]
    public async Task Sign_RegisteredProxy_GetsTheIdOfItsService()
    {
        await using var server = await TestServer.StartAsync();
        await server.MustPutAsync("/v1/agent/service/register", Pair);
        using var channel = Dial(server);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        var signed = await new Wire.V1.Certificates.CertificatesClient(channel).SignAsync(Request(key, "web-sidecar-proxy"));
        var bundle = await new Wire.V1.Certificates.CertificatesClient(channel).GetTrustBundleAsync(new TrustBundleRequest());

        using var leaf = X509CertificateLoader.LoadCertificate(signed.Chain[0].Span);
        var verdict = SvidVerifier.For(new Model.Identity.TrustBundle(TrustDomain.Parse(bundle.TrustDomain), [bundle.Roots[0].Memory]))
            .Verify(leaf, null, DateTimeOffset.UtcNow, SvidUsage.Client);
        Assert.True(verdict.Accepted, verdict.Reason);
        Assert.Equal($"spiffe://{bundle.TrustDomain}/ns/default/dc/dc1/svc/web", verdict.Id!.ToString());
        Assert.Equal(signed.Roots, bundle.Roots);
    }

    [Theory]
    [InlineData("unknown", StatusCode.NotFound)]
    [InlineData("", StatusCode.InvalidArgument)]
    [InlineData("web", StatusCode.InvalidArgument)]
    public async Task Sign_NotAProxy_IsRefused(string proxyId, StatusCode status)
    {
        await using var server = await TestServer.StartAsync();
        await server.MustPutAsync("/v1/agent/service/register", Pair);
        using var channel = Dial(server);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        var refusal = await Assert.ThrowsAsync<RpcException>(async () => await new Wire.V1.Certificates.CertificatesClient(channel).SignAsync(Request(key, proxyId)));

        Assert.Equal(status, refusal.StatusCode);
    }

    [Fact]
    public async Task Sign_GarbageRequest_IsInvalidAndCounted()
    {
        await using var server = await TestServer.StartAsync();
        await server.MustPutAsync("/v1/agent/service/register", Pair);
        using var channel = Dial(server);

        var refusal = await Assert.ThrowsAsync<RpcException>(async () => await new Wire.V1.Certificates.CertificatesClient(channel).SignAsync(
            new SignRequest { ProxyId = "web-sidecar-proxy", Csr = ByteString.CopyFromUtf8("garbage") }));

        Assert.Equal(StatusCode.InvalidArgument, refusal.StatusCode);
        Assert.Contains("konsul_ca_rejected_total{reason=\"Malformed\"} 1", (await server.GetAsync("/metrics")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sign_MoreThanTheLimit_IsExhausted()
    {
        await using var server = await TestServer.StartAsync(change: s => s with { Ca = s.Ca with { CsrMaxPerSecond = 1 } });
        await server.MustPutAsync("/v1/agent/service/register", Pair);
        using var channel = Dial(server);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var client = new Wire.V1.Certificates.CertificatesClient(channel);

        var calls = Enumerable.Range(0, 20).Select(_ => client.SignAsync(Request(key, "web-sidecar-proxy")).ResponseAsync).ToList();
        await Task.WhenAll(calls).ContinueWith(_ => { }, TaskScheduler.Default);

        Assert.Contains(calls, c => c.Exception?.InnerException is RpcException { StatusCode: StatusCode.ResourceExhausted });
        Assert.Contains(calls, c => c.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Sign_AclsOn_WantsTheTokenOrAnOwnLeaf()
    {
        await using var server = await TestServer.StartAsync(change: s => s with { ManagementToken = Management });
        foreach (var name in (string[])["web", "api"])
        {
            var put = await server.SendAsync("PUT", "/v1/agent/service/register", Pair.Replace("web", name, StringComparison.Ordinal), ("X-Consul-Token", Management));
            Assert.Equal(200, (int)put.Status);
        }

        using var anonymous = Dial(server);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var refused = await Assert.ThrowsAsync<RpcException>(async () => await new Wire.V1.Certificates.CertificatesClient(anonymous).SignAsync(Request(key, "web-sidecar-proxy")));
        Assert.Equal(StatusCode.PermissionDenied, refused.StatusCode);

        var signed = await new Wire.V1.Certificates.CertificatesClient(anonymous).SignAsync(Request(key, "web-sidecar-proxy"), new Metadata { { "x-consul-token", Management } });
        using var leaf = X509CertificateLoader.LoadCertificate(signed.Chain[0].Span);
        using var withLeaf = Dial(server, leaf.CopyWithPrivateKey(key));

        Assert.NotEmpty((await new Wire.V1.Certificates.CertificatesClient(withLeaf).SignAsync(Request(key, "web-sidecar-proxy"))).Chain);
        var other = await Assert.ThrowsAsync<RpcException>(async () => await new Wire.V1.Certificates.CertificatesClient(withLeaf).SignAsync(Request(key, "api-sidecar-proxy")));
        Assert.Equal(StatusCode.PermissionDenied, other.StatusCode);
    }

    [Fact]
    public async Task StreamDeltas_AclsOn_WithoutProofIsDenied()
    {
        await using var server = await TestServer.StartAsync(change: s => s with { ManagementToken = Management });
        await server.SendAsync("PUT", "/v1/agent/service/register", Pair, ("X-Consul-Token", Management));
        using var channel = Dial(server);
        using var call = new Wire.V1.Discovery.DiscoveryClient(channel).StreamDeltas();
        await call.RequestStream.WriteAsync(new DeltaRequest { Node = new ProxyNode { ProxyId = "web-sidecar-proxy" }, Type = ResourceType.Listener });

        var refused = await Assert.ThrowsAsync<RpcException>(async () => await call.ResponseStream.MoveNext(CancellationToken.None));

        Assert.Equal(StatusCode.PermissionDenied, refused.StatusCode);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(Management)]
    public async Task StreamDeltas_RegisteredProxy_GetsItsListenerAndIsListed(string? token)
    {
        await using var server = await TestServer.StartAsync(change: s => s with { ManagementToken = token });
        (string, string)[] headers = token is null ? [] : [("Authorization", $"bearer {token}")];
        await server.SendAsync("PUT", "/v1/agent/service/register", Pair, headers);
        using var channel = Dial(server);
        var metadata = new Metadata();
        if (token is not null)
            metadata.Add("x-consul-token", token);
        using var call = new Wire.V1.Discovery.DiscoveryClient(channel).StreamDeltas(metadata);
        await call.RequestStream.WriteAsync(new DeltaRequest { Node = new ProxyNode { ProxyId = "web-sidecar-proxy" }, Type = ResourceType.Listener, Subscribe = { "*" } });

        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));

        Assert.Contains(call.ResponseStream.Current.Resources, r => r.Name == "inbound");
        var proxies = await server.SendAsync("GET", "/v1/mesh/proxies", null, headers);
        Assert.Equal(("web-sidecar-proxy", "web"), (proxies.Json[0].GetProperty("ProxyID").GetString(), proxies.Json[0].GetProperty("Service").GetString()));
    }

    [Fact]
    public async Task Handshake_ClientCertificateOfAnotherCa_IsRefused()
    {
        await using var server = await TestServer.StartAsync();
        var stranger = new TestKit.CertFactory();
        using var foreign = stranger.Leaf(stranger.Id("web"));
        using var channel = Dial(server, foreign);

        var refused = await Assert.ThrowsAsync<RpcException>(
            async () => await new Wire.V1.Certificates.CertificatesClient(channel).GetTrustBundleAsync(new TrustBundleRequest()));

        Assert.Equal(StatusCode.Unavailable, refused.StatusCode);
    }

    [Fact]
    public async Task HttpApi_OverTheGrpcPort_IsTheSame()
    {
        await using var server = await TestServer.StartAsync();
        using var client = new HttpClient(Handler(null)) { BaseAddress = Address(server) };
        using var request = new HttpRequestMessage(HttpMethod.Put, "/v1/kv/over%2Fh2") { Version = new Version(2, 0), VersionPolicy = HttpVersionPolicy.RequestVersionExact, Content = new StringContent("v") };

        using var response = await client.SendAsync(request);

        Assert.Equal(("true", new Version(2, 0)), (await response.Content.ReadAsStringAsync(), response.Version));
        Assert.Equal("v", (await server.GetAsync("/v1/kv/over/h2?raw")).Text);
    }

    [Fact]
    public async Task Handshake_AfterTwoThirdsOfALife_ShowsANewCertificateWithoutRestart()
    {
        var time = new TestKit.ManualTimeProvider();
        await using var server = await TestServer.StartAsync(time, change: s => s with { Ca = s.Ca with { LeafTtl = TimeSpan.FromMinutes(10) } });
        var first = await PresentedAsync(server);
        Assert.Equal(first, await PresentedAsync(server));

        time.Advance(TimeSpan.FromMinutes(7));

        Assert.NotEqual(first, await PresentedAsync(server));
    }

    private static async Task<string> PresentedAsync(TestServer server)
    {
        using var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync(System.Net.IPAddress.Loopback, server.Server.GrpcPort);
        await using var tls = new SslStream(client.GetStream(), leaveInnerStreamOpen: false, (_, _, _, _) => true);
        await tls.AuthenticateAsClientAsync("localhost");
        Assert.Equal(System.Security.Authentication.SslProtocols.Tls13, tls.SslProtocol);
        return ((X509Certificate2)tls.RemoteCertificate!).SerialNumber;
    }

    private static SignRequest Request(ECDsa key, string proxyId)
    {
        var csr = new CertificateRequest("", key, HashAlgorithmName.SHA256).CreateSigningRequest();
        return new SignRequest { ProxyId = proxyId, Csr = ByteString.CopyFrom(csr) };
    }

    private static Uri Address(TestServer server) => new(string.Create(CultureInfo.InvariantCulture, $"https://localhost:{server.Server.GrpcPort}"));

    internal static GrpcChannel Dial(TestServer server, X509Certificate2? certificate = null) =>
        GrpcChannel.ForAddress(Address(server).ToString(), new GrpcChannelOptions { HttpHandler = Handler(certificate), DisposeHttpClient = true });

    private static SocketsHttpHandler Handler(X509Certificate2? certificate)
    {
        var handler = new SocketsHttpHandler { UseProxy = false };
        handler.SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, _, _, _) => true };
        if (certificate is not null)
            handler.SslOptions.LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate;
        return handler;
    }
}
