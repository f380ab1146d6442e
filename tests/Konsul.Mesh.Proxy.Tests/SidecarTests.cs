using System.Net;
using System.Net.Sockets;
using System.Text;
using Konsul.Mesh.TestKit;
using Microsoft.AspNetCore.Http;

namespace Konsul.Mesh.Proxy.Tests;

public sealed class SidecarTests : IDisposable
{
    private readonly CertFactory _certificates = new();
    private readonly TcpListener _app = new(IPAddress.Loopback, 0);
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("konsul-proxy");

    public SidecarTests() => _app.Start();

    private int AppPort => ((IPEndPoint)_app.LocalEndpoint).Port;

    public void Dispose()
    {
        _app.Dispose();
        _certificates.Dispose();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public async Task Run_SelfRegistration_GetsReadyAndDeregistersAtTheEnd()
    {
        await using var server = await FakeServer.StartAsync(_certificates);
        server.Resources = server.WebResources(FreePort(), AppPort, FreePort());
        await using var proxy = await StartAsync(server, "--token", "secret", "--upstream", "api:7001", "--upstream", "far:7002:dc2", "--protocol", "http");
        await proxy.ReadyAsync();

        var registration = (await server.RequestAsync("PUT /v1/agent/service/register")).Json();
        Assert.Equal($"web-{AppPort}", (string?)registration["ID"]);
        Assert.Equal("127.0.0.1", (string?)registration["Address"]);
        Assert.Equal("critical", (string?)registration["Check"]!["Status"]);
        await server.RequestAsync("PUT /v1/agent/check/update/", r => (string?)r.Json()["Status"] == "passing");
        var sidecar = registration["Connect"]!["SidecarService"]!;
        Assert.Equal(AppPort, (int)sidecar["Proxy"]!["LocalServicePort"]!);
        Assert.Equal("http", (string?)sidecar["Proxy"]!["Config"]!["protocol"]);
        Assert.Equal(["api", "far"], sidecar["Proxy"]!["Upstreams"]!.AsArray().Select(u => (string?)u!["DestinationName"]));
        Assert.Equal("secret", (await server.RequestAsync("SIGN")).Token);
        Assert.Equal($"STREAM node-7/web-{AppPort}-sidecar-proxy", (await server.RequestAsync("STREAM")).Line);
        Assert.Equal(_certificates.Id("web").ToString(), Assert.Single(server.ClientIds));

        Assert.Equal(0, await proxy.StopAsync());
        await server.RequestAsync($"PUT /v1/agent/service/deregister/web-{AppPort}");
    }

    [Fact]
    public async Task Admin_WhenReady_ShowsWhatIsInForce()
    {
        await using var server = await FakeServer.StartAsync(_certificates);
        var (inbound, upstream) = (FreePort(), FreePort());
        server.Resources = server.WebResources(inbound, AppPort, upstream);
        await using var proxy = await StartAsync(server, "--service-id", "w1");
        await proxy.ReadyAsync();

        var dump = await proxy.AdminJsonAsync("/config_dump");
        Assert.Equal("web", (string?)dump["service"]);
        Assert.Equal(["inbound", $"upstream:127.0.0.1:{upstream}", "outbound"], dump["listeners"]!.AsArray().Select(l => (string?)l!["name"]));
        Assert.Equal("api.default.dc1", (string?)dump["clusters"]![0]!["name"]);
        Assert.Equal("n1/api", (string?)dump["endpoints"]![0]!["id"]);
        Assert.Equal("deny", (string?)dump["intentions"]![0]!["action"]);
        Assert.Equal("allow", (string?)dump["defaultAction"]);
        Assert.True((bool)dump["discovery"]!["connected"]!);
        Assert.Equal(6, dump["discovery"]!["types"]!.AsArray().Count(t => (int)t!["accepted"]! == 1));

        var certs = await proxy.AdminJsonAsync("/certs");
        Assert.Equal(_certificates.Id("web").ToString(), (string?)certs["id"]);
        Assert.DoesNotContain("PRIVATE", certs.ToJsonString(), StringComparison.Ordinal);
        Assert.Contains("n1/api", await (await proxy.AdminAsync("/clusters")).Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal("api", (string?)(await proxy.AdminJsonAsync("/clusters?format=json"))[0]!["service"]);
        Assert.Equal((inbound, upstream), (proxy.Port("inbound"), proxy.Port("upstream:api")));
        Assert.NotNull(proxy.Port("outbound"));
        Assert.Contains("konsul_proxy_snapshot_version", await (await proxy.AdminAsync("/metrics")).Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_InboundAddressGiven_RegistersThePortItReserved()
    {
        await using var server = await FakeServer.StartAsync(_certificates);
        await using var proxy = await StartAsync(server, "--inbound-addr", "127.0.0.1:0");

        var port = (int)(await server.RequestAsync("PUT /v1/agent/service/register")).Json()["Connect"]!["SidecarService"]!["Port"]!;

        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port);
    }

    [Fact]
    public async Task Run_AppNotUp_IsCriticalUntilItAccepts()
    {
        await using var server = await FakeServer.StartAsync(_certificates);
        var port = AppPort;
        server.Resources = server.WebResources(FreePort(), port, FreePort());
        _app.Stop();
        await using var proxy = await StartAsync(server, "--service-id", "w1", appPort: port);

        await server.RequestAsync("PUT /v1/agent/check/update/konsul-app%3Aw1", r => r.Body.Contains("Connection refused", StringComparison.Ordinal));
        Assert.DoesNotContain(server.Requests, r => r.Body.Contains("\"passing\"", StringComparison.Ordinal));
        using var app = new TcpListener(IPAddress.Loopback, port);
        app.Start();

        await server.RequestAsync("PUT /v1/agent/check/update/konsul-app%3Aw1", r => (string?)r.Json()["Status"] == "passing");
    }

    [Fact]
    public async Task Run_AllottedPortIsTakenOnThisMachine_RegistersAFreeOne()
    {
        await using var server = await FakeServer.StartAsync(_certificates);
        server.Resources = server.WebResources(AppPort, AppPort, FreePort());

        await using var proxy = await StartAsync(server);

        var again = await server.RequestAsync(
            "PUT /v1/agent/service/register", r => (int)r.Json()["Connect"]!["SidecarService"]!["Port"]! is var port && port != 0 && port != AppPort);
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, (int)again.Json()["Connect"]!["SidecarService"]!["Port"]!);
    }

    [Fact]
    public async Task Run_NoConfigurationYet_IsCriticalThoughTheAppAccepts()
    {
        await using var server = await FakeServer.StartAsync(_certificates);
        await using var proxy = await StartAsync(server);

        await server.RequestAsync("STREAM");
        await server.RequestAsync("PUT /v1/agent/check/update/", r => r.Body.Contains("cannot take traffic yet", StringComparison.Ordinal));

        Assert.DoesNotContain(server.Requests, r => r.Body.Contains("\"passing\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_DeregisteredBySomebodyElse_StaysAway()
    {
        await using var server = await FakeServer.StartAsync(_certificates);
        server.OnRequest = (context, request) =>
        {
            context.Response.StatusCode = request.Line.Contains("/check/update/", StringComparison.Ordinal) ? 404 : 200;
            return Task.FromResult(context.Response.StatusCode == 404);
        };
        await using var proxy = await StartAsync(server);

        await Eventually.TrueAsync(() => proxy.Log.Contains("was deregistered by somebody else", StringComparison.Ordinal), () => proxy.Log);

        Assert.Single(server.Requests, r => r.Line.Contains("/service/register", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_SidecarFor_RegistersNothing()
    {
        await using var server = await FakeServer.StartAsync(_certificates);
        server.Resources = server.WebResources(FreePort(), AppPort, FreePort());
        await using var proxy = await RunningProxy.StartAsync("--sidecar-for", "web/1", "--node", "n9", "--server", server.Address);
        await proxy.ReadyAsync();

        Assert.Equal("STREAM n9/web/1-sidecar-proxy", (await server.RequestAsync("STREAM")).Line);
        Assert.Equal(0, await proxy.StopAsync());
        Assert.DoesNotContain(server.Requests, r => r.Line.StartsWith("PUT", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_NoServer_IsAliveNotReadyAndAnswers503()
    {
        await using var proxy = await RunningProxy.StartAsync("--service", "web", "--service-port", "1", "--server", $"127.0.0.1:{FreePort()}");

        Assert.Equal(HttpStatusCode.OK, (await proxy.AdminAsync("/healthz")).StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await proxy.AdminAsync("/ready")).StatusCode);
        using var relayed = await proxy.AgentAsync(HttpMethod.Get, "/v1/agent/self");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, relayed.StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await proxy.AgentAsync(HttpMethod.Get, "/health")).StatusCode);
        Assert.Equal(0, await proxy.StopAsync());
    }

    [Fact]
    public async Task Run_ServerOfAnotherRootThanCaCert_IsNeverTalkedTo()
    {
        using var foreign = new CertFactory();
        await using var server = await FakeServer.StartAsync(_certificates);
        await using var proxy = await StartAsync(server, "--ca-cert", WriteRoots(foreign));

        await Eventually.TrueAsync(() => proxy.Log.Contains("certificate is refused", StringComparison.Ordinal), () => proxy.Log);

        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task Run_ServerWithAWorkloadsCertificate_IsNeverTrusted()
    {
        await using var server = await FakeServer.StartAsync(_certificates, id: _certificates.Id("web"));
        await using var proxy = await StartAsync(server);

        await Eventually.TrueAsync(() => proxy.Log.Contains("which is no server", StringComparison.Ordinal), () => proxy.Log);

        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task Run_CaCertOfTheServer_IsAccepted()
    {
        await using var server = await FakeServer.StartAsync(_certificates);
        await using var proxy = await StartAsync(server, "--ca-cert", WriteRoots(_certificates));

        await server.RequestAsync("PUT /v1/agent/service/register");
    }

    [Fact]
    public async Task Run_RestartWithoutServer_ServesFromTheCache()
    {
        var server = await FakeServer.StartAsync(_certificates);
        var (inbound, cache) = (FreePort(), Path.Combine(_directory.FullName, "cache"));
        server.Resources = server.WebResources(inbound, AppPort, FreePort());
        await using (var first = await StartAsync(server, "--service-id", "w1", "--cache-dir", cache))
        {
            await first.ReadyAsync();
            await Eventually.TrueAsync(() => File.Exists(Path.Combine(cache, "resources.bin")), () => first.Log);
        }

        var address = server.Address;
        await server.DisposeAsync();

        await using var second = await RunningProxy.StartAsync(
            "--service", "web", "--service-port", $"{AppPort}", "--service-id", "w1", "--cache-dir", cache, "--server", address);
        await second.ReadyAsync();

        Assert.Equal(inbound, second.Port("inbound"));
        Assert.True((bool)(await second.AdminJsonAsync("/config_dump"))["discovery"]!["fromCache"]!);
    }

    [Fact]
    public async Task Run_PinnedServerReplacedByAnother_IsNeverTalkedTo()
    {
        var server = await FakeServer.StartAsync(_certificates);
        server.Resources = server.WebResources(FreePort(), AppPort, FreePort());
        await using var proxy = await StartAsync(server);
        await proxy.ReadyAsync();
        var port = server.Port;
        await server.DisposeAsync();

        using var impostor = _certificates.Impostor();
        await using var other = await FakeServer.StartAsync(impostor, port);
        await Eventually.TrueAsync(() => proxy.Log.Contains("certificate is refused", StringComparison.Ordinal), () => proxy.Log);

        Assert.Empty(other.Requests);
        Assert.Equal(HttpStatusCode.OK, (await proxy.AdminAsync("/ready")).StatusCode);
    }

    [Fact]
    public async Task Agent_Relay_KeepsTargetBodyStatusHeadersAndAddsTheToken()
    {
        await using var server = await FakeServer.StartAsync(_certificates);
        server.OnRequest = async (context, request) =>
        {
            if (!request.Line.Contains("/v1/kv/", StringComparison.Ordinal))
            {
                return false;
            }

            context.Response.StatusCode = 409;
            context.Response.Headers["X-Consul-Index"] = "17";
            await context.Response.WriteAsync("said " + request.Body);
            return true;
        };
        await using var proxy = await StartAsync(server, "--token", "secret");
        await server.RequestAsync("PUT /v1/agent/service/register");

        using var answer = await proxy.AgentAsync(HttpMethod.Put, "/v1/kv/a%2Fb?cas=1&x=%20", new StringContent("hello"));

        Assert.Equal((HttpStatusCode)409, answer.StatusCode);
        Assert.Equal("17", answer.Headers.GetValues("X-Consul-Index").Single());
        Assert.Equal("said hello", await answer.Content.ReadAsStringAsync());
        Assert.Equal("secret", (await server.RequestAsync("PUT /v1/kv/a%2Fb?cas=1&x=%20")).Token);
        using var own = await proxy.AgentAsync(HttpMethod.Get, "/v1/kv/own", null, ("X-Consul-Token", "mine"));
        Assert.Equal("mine", (await server.RequestAsync("GET /v1/kv/own")).Token);
        using var query = await proxy.AgentAsync(HttpMethod.Get, "/v1/kv/query?token=mine");
        Assert.Equal("", (await server.RequestAsync("GET /v1/kv/query")).Token);
    }

    [Fact]
    public async Task Agent_BlockingAnswer_IsStreamedAsItComes()
    {
        await using var server = await FakeServer.StartAsync(_certificates);
        var go = new TaskCompletionSource();
        server.OnRequest = async (context, request) =>
        {
            if (!request.Line.Contains("/v1/health/", StringComparison.Ordinal))
            {
                return false;
            }

            await context.Response.WriteAsync("one");
            await context.Response.Body.FlushAsync();
            await go.Task;
            await context.Response.WriteAsync("two");
            return true;
        };
        await using var proxy = await StartAsync(server);
        await server.RequestAsync("PUT /v1/agent/service/register");

        using var answer = await proxy.AgentAsync(HttpMethod.Get, "/v1/health/service/api?index=1&wait=10m");
        await using var body = await answer.Content.ReadAsStreamAsync();
        var buffer = new byte[3];
        await body.ReadExactlyAsync(buffer);
        Assert.Equal("one", Encoding.ASCII.GetString(buffer));
        go.SetResult();
        await body.ReadExactlyAsync(buffer);

        Assert.Equal("two", Encoding.ASCII.GetString(buffer));
    }

    [Fact]
    public async Task Agent_ShortForms_BecomeTheServers()
    {
        await using var server = await FakeServer.StartAsync(_certificates);
        await using var proxy = await StartAsync(server);
        await server.RequestAsync("PUT /v1/agent/service/register");

        using var registered = await proxy.AgentAsync(HttpMethod.Post, "/register", new StringContent("""{"name":"other","port":81}"""));
        using var deregistered = await proxy.AgentAsync(HttpMethod.Delete, "/deregister/other");
        using var bad = await proxy.AgentAsync(HttpMethod.Post, "/register", new StringContent("[1"));
        using var web = await proxy.AgentAsync(HttpMethod.Post, "/register", new StringContent("{}"), ("Origin", "http://evil"));
        using var outside = await proxy.AgentAsync(HttpMethod.Get, "/v1/agent/%2e%2e/acl/tokens");

        Assert.Equal(HttpStatusCode.OK, registered.StatusCode);
        Assert.Equal("""{"Name":"other","Port":81}""", (await server.RequestAsync("PUT /v1/agent/service/register", r => r.Body.Contains("other"))).Body);
        await server.RequestAsync("PUT /v1/agent/service/deregister/other");
        Assert.Equal(
            (HttpStatusCode.BadRequest, HttpStatusCode.Forbidden, HttpStatusCode.NotFound), (bad.StatusCode, web.StatusCode, outside.StatusCode));
        Assert.DoesNotContain(server.Requests, r => r.Line.Contains("acl", StringComparison.Ordinal));
    }

    private Task<RunningProxy> StartAsync(FakeServer server, params string[] more) => StartAsync(server, more, AppPort);

    private Task<RunningProxy> StartAsync(FakeServer server, string first, string second, int appPort) => StartAsync(server, [first, second], appPort);

    private static Task<RunningProxy> StartAsync(FakeServer server, string[] more, int appPort) => RunningProxy.StartAsync(
        ["--service", "web", "--service-port", $"{appPort}", "--server", server.Address, "--drain-timeout", "2s", .. more]);

    private string WriteRoots(CertFactory certificates)
    {
        var path = Path.Combine(_directory.FullName, Guid.NewGuid().ToString("N"));
        File.WriteAllText(path, certificates.Root.ExportCertificatePem());
        return path;
    }

    /// <summary>Below the range from which the kernel takes the local ports of outgoing connections, so that none of these gets it first.</summary>
    private static int FreePort()
    {
        while (true)
        {
            var port = Random.Shared.Next(10_240, 32_000);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Taken; try another.
            }
        }
    }
}
