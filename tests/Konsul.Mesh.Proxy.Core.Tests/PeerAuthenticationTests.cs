using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Model.Identity;
using Konsul.Mesh.TestKit;
using Konsul.Mesh.TestKit.Apps;

namespace Konsul.Mesh.Proxy.Core.Tests;

public sealed class PeerAuthenticationTests
{
    private readonly CertFactory _certs = new();

    [Fact]
    public async Task Handshake_WithAMeshCertificate_IsTls13WithBothIdentities()
    {
        await using var app = await FakeApp.SayingAsync("hello");
        await using var api = await Sidecar.ForAppAsync(_certs, "api", app.Port);
        using var tcp = await ConnectAsync(api.InboundPort);
        X509Certificate2? seen = null;
        await using var tls = new SslStream(tcp.GetStream());

        await tls.AuthenticateAsClientAsync(Options(_certs.Identity("web"), SslApplicationProtocol.Http11, c => seen = c));

        Assert.Equal(SslProtocols.Tls13, tls.SslProtocol);
        Assert.Equal(_certs.Id("api"), SvidVerifier.For(_certs.Bundle).Verify(seen, null, DateTimeOffset.UtcNow, SvidUsage.Server).Id);
        Assert.Contains("hello", await GetAsync(tls), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Handshake_WithTls12_IsRefused()
    {
        await using var api = await Sidecar.ForAppAsync(_certs, "api", FreePorts.Next());
        using var tcp = await ConnectAsync(api.InboundPort);
        await using var tls = new SslStream(tcp.GetStream());
        var options = Options(_certs.Identity("web"), SslApplicationProtocol.Http11);
        options.EnabledSslProtocols = SslProtocols.Tls12;

        await Assert.ThrowsAnyAsync<Exception>(() => tls.AuthenticateAsClientAsync(options));
    }

    [Fact]
    public async Task Request_InPlaintext_GetsNothing()
    {
        await using var app = await FakeApp.SayingAsync("secret");
        await using var api = await Sidecar.ForAppAsync(_certs, "api", app.Port);
        using var tcp = await ConnectAsync(api.InboundPort);

        var answer = await GetAsync(tcp.GetStream());

        Assert.DoesNotContain("secret", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("HTTP", answer, StringComparison.Ordinal);
    }

    public static TheoryData<string> BadClients => ["none", "impostor", "foreign", "expired"];

    [Theory]
    [MemberData(nameof(BadClients))]
    public async Task Client_WithoutAProvenIdentity_GetsNoAnswer(string kind)
    {
        await using var app = await FakeApp.SayingAsync("secret");
        await using var api = await Sidecar.ForAppAsync(_certs, "api", app.Port);
        using var other = kind == "impostor" ? _certs.Impostor() : new CertFactory();
        var identity = kind switch
        {
            "none" => null,
            "expired" => _certs.Identity(_certs.Id("web"), _certs.ExpiredLeaf(_certs.Id("web"))),
            _ => other.Identity("web"),
        };
        using var tcp = await ConnectAsync(api.InboundPort);
        await using var tls = new SslStream(tcp.GetStream());

        // In TLS 1.3 the client has finished before the server judged it, so the refusal may come with the handshake or with the first read.
        var answer = "";
        var failed = await Record.ExceptionAsync(async () =>
        {
            await tls.AuthenticateAsClientAsync(Options(identity, SslApplicationProtocol.Http11));
            answer = await GetAsync(tls);
        });

        Assert.Equal("", answer);
        Assert.True(failed is null or IOException or AuthenticationException, failed?.ToString());
        await Eventually.HoldsAsync("no connection is left", () => Task.FromResult(api.Engine.Describe().Listeners.Single().OpenConnections == 0));
    }

    public static TheoryData<string> BadServers => ["other service", "impostor", "foreign"];

    [Theory]
    [MemberData(nameof(BadServers))]
    public async Task Server_WithoutTheExpectedIdentity_GetsNoRequest(string kind)
    {
        var reached = false;
        await using var app = await FakeApp.StartAsync(_ =>
        {
            reached = true;
            return Task.CompletedTask;
        });
        using var other = kind == "impostor" ? _certs.Impostor() : new CertFactory();
        await using var server = await Sidecar.ForAppAsync(kind == "other service" ? _certs : other, kind == "other service" ? "billing" : "api", app.Port);
        await using var web = await Sidecar.StartAsync(_certs, "web");
        using var http = Sidecar.Client(await web.AddUpstreamAsync("api", ServiceProtocol.Http, ("a", server.InboundPort)));
        var tcpPort = await AddTcpAsync(web, server.InboundPort);

        using var response = await http.GetAsync("/");
        using var tcp = await ConnectAsync(tcpPort);
        var tcpAnswer = await GetAsync(tcp.GetStream());

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("UF", response.Headers.GetValues("x-konsul-response-flags").Single());
        Assert.Equal("", tcpAnswer);
        Assert.False(reached);
    }

    [Fact]
    public async Task Request_WithoutOwnCertificate_IsAnswered503()
    {
        await using var engine = new ProxyEngine(
            new ProxyEngineOptions(), new StaticIdentitySource(), Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance,
            new Telemetry.Families.MeshMetrics(new Telemetry.Metrics.MetricRegistry(TimeProvider.System)));
        await engine.StartAsync();
        var cluster = new Model.Snapshots.Cluster { Name = "api", Service = "api", Datacenter = "dc1", Sni = "api", Identity = _certs.Id("api") };
        Assert.Null(await engine.ApplyAsync(Model.Snapshots.ProxySnapshot.Empty with
        {
            Version = 1,
            Clusters = Model.Snapshots.ProxySnapshot.Empty.Clusters.Add("api", cluster),
            Outbound = [new() { Name = "up", Address = "127.0.0.1", Port = 0, Protocol = ServiceProtocol.Http, Cluster = "api" }],
        }));
        using var client = Sidecar.Client(engine.Describe().Listeners.Single().Port);

        using var response = await client.GetAsync("/");

        Assert.Equal("NI", response.Headers.GetValues("x-konsul-response-flags").Single());
    }

    [Fact]
    public async Task Garbage_OnAnyListener_EndsOnlyThatConnection()
    {
        await using var app = await FakeApp.SayingAsync("alive");
        await using var api = await Sidecar.ForAppAsync(_certs, "api", app.Port);
        await using var web = await Sidecar.StartAsync(_certs, "web");
        var port = await web.AddUpstreamAsync("api", ServiceProtocol.Http, ("a", api.InboundPort));
        var garbage = new byte[2000];
        new Random(1).NextBytes(garbage);
        garbage[0] = 22;

        foreach (var target in new[] { port, api.InboundPort, port, api.InboundPort })
        {
            using var tcp = await ConnectAsync(target);
            await tcp.GetStream().WriteAsync(garbage);
            await TcpEcho.EndAsync(tcp);
        }

        using var client = Sidecar.Client(port);
        Assert.Equal("alive", await client.GetStringAsync("/"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task Handshake_ThatDoesNotGoOn_IsEndedAtItsDeadline(int bytes)
    {
        await using var api = await Sidecar.ForAppAsync(
            _certs, "api", FreePorts.Next(), options: new ProxyEngineOptions { HandshakeTimeout = TimeSpan.FromMilliseconds(300), MaxConcurrentHandshakes = 1 });
        using var slow = await ConnectAsync(api.InboundPort);
        using var next = await ConnectAsync(api.InboundPort);
        await slow.GetStream().WriteAsync(new byte[] { 22, 3, 1 }.AsMemory(0, bytes));

        Assert.Equal("", await TcpEcho.ReadToEndAsync(slow));
        Assert.Equal("", await TcpEcho.ReadToEndAsync(next));
    }

    [Fact]
    public async Task Request_WithTooLongHeaders_IsRefusedAndOthersAreServed()
    {
        await using var app = await FakeApp.SayingAsync("ok");
        await using var api = await Sidecar.ForAppAsync(_certs, "api", app.Port);
        await using var web = await Sidecar.StartAsync(_certs, "web");
        using var client = Sidecar.Client(await web.AddUpstreamAsync("api", ServiceProtocol.Http, ("a", api.InboundPort)));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.Add("x-long", new string('a', 100_000));

        using var refused = await client.SendAsync(request);

        Assert.Equal(HttpStatusCode.RequestHeaderFieldsTooLarge, refused.StatusCode);
        Assert.Equal("ok", await client.GetStringAsync("/"));
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("GET /a b HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;a\nb\r\nabc\r\n0\r\n\r\n")]
    public async Task Request_ThatParsersReadDifferently_IsNotForwardedAsTwo(string text)
    {
        var requests = new List<string>();
        await using var app = await FakeApp.StartAsync(async c =>
        {
            using var body = new StreamReader(c.Request.Body);
            requests.Add($"{c.Request.Path} {c.Request.Headers.ContentLength} {c.Request.Headers.TransferEncoding} {await body.ReadToEndAsync()}");
        });
        await using var api = await Sidecar.ForAppAsync(_certs, "api", app.Port);
        await using var web = await Sidecar.StartAsync(_certs, "web");
        var port = await web.AddUpstreamAsync("api", ServiceProtocol.Http, ("a", api.InboundPort));
        using var tcp = await ConnectAsync(port);
        await tcp.GetStream().WriteAsync(Encoding.ASCII.GetBytes(text));
        tcp.Client.ReceiveTimeout = 20_000;

        var buffer = new byte[4096];
        var count = await tcp.GetStream().ReadAsync(buffer).AsTask().WaitAsync(TimeSpan.FromSeconds(20));
        var answer = Encoding.ASCII.GetString(buffer, 0, count);

        // Either a clean refusal, or one request of which only one length is left.
        Assert.True(answer.StartsWith("HTTP/1.1 400", StringComparison.Ordinal) || (requests.Count == 1 && requests[0] is "/  chunked " or "/   "), $"{answer} {string.Join('|', requests)}");
    }

    private static async Task<int> AddTcpAsync(Sidecar web, int inboundPort)
    {
        await web.MustApplyAsync(s => s with
        {
            Outbound = s.Outbound.Add(new() { Name = "tcp", Address = "127.0.0.1", Port = 0, Protocol = ServiceProtocol.Tcp, Cluster = "api.default.dc1" }),
        });
        Assert.NotEqual(0, inboundPort);
        return web.Port("tcp");
    }

    private static async Task<TcpClient> ConnectAsync(int port)
    {
        var tcp = new TcpClient();
        await tcp.ConnectAsync(IPAddress.Loopback, port);
        return tcp;
    }

    private static SslClientAuthenticationOptions Options(WorkloadIdentity? identity, SslApplicationProtocol protocol, Action<X509Certificate2>? see = null) => new()
    {
        TargetHost = "api",
        ApplicationProtocols = [protocol],
        ClientCertificateContext = identity?.Handshake,
        RemoteCertificateValidationCallback = (_, certificate, _, _) =>
        {
            see?.Invoke(new X509Certificate2(certificate!));
            return true;
        },
    };

    private static async Task<string> GetAsync(Stream stream)
    {
        try
        {
            await stream.WriteAsync("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"u8.ToArray());
        }
        catch (IOException)
        {
            return "";
        }

        return await ReadAllAsync(stream);
    }

    private static async Task<string> ReadAllAsync(Stream stream)
    {
        using var all = new MemoryStream();
        try
        {
            await stream.CopyToAsync(all).WaitAsync(TimeSpan.FromSeconds(20));
        }
        catch (IOException)
        {
            // Reset instead of an end: also an end.
        }

        return Encoding.Latin1.GetString(all.ToArray());
    }
}
