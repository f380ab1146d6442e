using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Konsul.Mesh.TestKit;
using Konsul.Mesh.TestKit.Apps;
using Konsul.Mesh.TestKit.Processes;

namespace Konsul.Mesh.EndToEnd.Tests;

/// <summary>What an operator does by hand: konsulctl, the HTTP API with a registration file, the sidecar's local agent API.</summary>
public sealed class OperatorTests : IAsyncLifetime
{
    private MeshHarness _mesh = null!;

    public async ValueTask InitializeAsync() => _mesh = await MeshHarness.StartAsync();

    public ValueTask DisposeAsync() => _mesh.DisposeAsync();

    [Fact]
    public async Task Ctl_ServicesIntentionsAndKeys_RoundTrip()
    {
        Assert.Equal(0, (await CtlAsync("service", "register", "--name", "db", "--address", "10.0.0.5", "--port", "5432", "--tags", "primary,eu")).Code);
        var services = await CtlAsync("service", "get", "db", "--format", "json");
        Assert.Equal("10.0.0.5", JsonDocument.Parse(services.Output).RootElement[0].EnumerateObject().First(p => p.Name.Equals("address", StringComparison.OrdinalIgnoreCase)).Value.GetString());

        Assert.Equal(0, (await CtlAsync("intention", "create", "--deny", "web", "db")).Code);
        var denied = await CtlAsync("intention", "check", "web", "db");
        Assert.Equal((1, true), (denied.Code, denied.Output.Contains("Denied", StringComparison.OrdinalIgnoreCase)));
        Assert.Equal(0, (await CtlAsync("intention", "delete", "web", "db")).Code);
        Assert.Equal(0, (await CtlAsync("intention", "check", "web", "db")).Code);

        Assert.Equal(0, (await CtlAsync("kv", "set", "config/a b/ü", "välue")).Code);
        Assert.Equal((0, "välue"), await CtlAsync("kv", "get", "config/a b/ü"));
        Assert.Equal(0, (await CtlAsync("kv", "delete", "config/a b/ü")).Code);
        Assert.Equal(1, (await CtlAsync("kv", "get", "config/a b/ü")).Code);

        Assert.Equal(0, (await CtlAsync("ca", "roots")).Code);
        Assert.Equal(0, (await CtlAsync("service", "deregister", "--id", "db")).Code);
    }

    [Fact]
    public async Task Ctl_ServerAway_Exit69AndOneSentence()
    {
        await using var process = ProgramProcess.Start(
            "konsulctl", Programs.Ctl, ["service", "list", "--address", $"http://127.0.0.1:{FreePorts.Next()}"]);

        Assert.Equal(69, await process.WaitForExitAsync());
        Assert.Single(process.Lines);
    }

    [Fact]
    public async Task Api_ServiceWithSidecarRegisteredByHand_SidecarForFindsIt()
    {
        var api = _mesh.Keep(await EchoApp.StartAsync("api-1"));
        var upstream = FreePorts.Next();
        await _mesh.Server.PutAsync("/v1/agent/service/register", new
        {
            Name = "api",
            ID = "api-1",
            api.Port,
            Connect = new { SidecarService = new { Proxy = new { Config = new { protocol = "http" } } } },
        });
        await _mesh.Server.PutAsync("/v1/agent/service/register", new
        {
            Name = "web",
            Port = FreePorts.Next(),
            Connect = new { SidecarService = new { Proxy = new { Upstreams = new[] { new { DestinationName = "api", LocalBindPort = upstream } } } } },
        });
        await SidecarForAsync("api-1");
        await SidecarForAsync("web");

        using var client = new HttpClient();
        await Eventually.HoldsAsync("web reaches api", async () =>
        {
            using var answer = await client.GetAsync($"http://127.0.0.1:{upstream}/");
            return await answer.Content.ReadAsStringAsync() is "api-1" ? null : $"{answer.StatusCode}";
        });

        var status = await CtlAsync("proxy", "status", "-o", "json");
        Assert.Contains("api-1-sidecar-proxy", status.Output, StringComparison.Ordinal);
        Assert.Contains("web-sidecar-proxy", status.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AgentApi_OfASidecar_RegistersReadsAndDeregisters()
    {
        var app = _mesh.Keep(await FakeApp.SayingAsync("x"));
        var sidecar = await _mesh.AddSidecarAsync("x-1", "x", app.Port);
        using var agent = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{sidecar.Ports["agent"]}") };

        using var registered = await agent.PostAsJsonAsync("/register", new { name = "legacy", address = "10.1.1.1", port = 99 });
        Assert.True(registered.IsSuccessStatusCode, await registered.Content.ReadAsStringAsync());
        Assert.Contains("legacy", await agent.GetStringAsync("/services"), StringComparison.Ordinal);
        using var put = await agent.PutAsync("/kv/a%2Fb", new StringContent("1"));
        Assert.True(put.IsSuccessStatusCode);
        Assert.Equal("1", await agent.GetStringAsync("/v1/kv/a/b?raw"));
        using var deregistered = await agent.DeleteAsync("/deregister/legacy");
        Assert.True(deregistered.IsSuccessStatusCode);
        Assert.DoesNotContain("legacy", await agent.GetStringAsync("/services"), StringComparison.Ordinal);
        Assert.True((await agent.GetAsync("/health")).IsSuccessStatusCode);
    }

    [Fact]
    public async Task ConfigDumpAndCerts_OfASidecar_ShowWhatIsInForceAndNoKey()
    {
        var app = _mesh.Keep(await FakeApp.SayingAsync("y"));
        var upstream = FreePorts.Next();
        var sidecar = await _mesh.AddSidecarAsync("y-1", "y", app.Port, "--upstream", $"x:{upstream}");

        var dump = await sidecar.Admin.GetStringAsync("/config_dump");
        var certificates = await sidecar.Admin.GetStringAsync("/certs");

        Assert.Contains(upstream.ToString(CultureInfo.InvariantCulture), dump, StringComparison.Ordinal);
        Assert.Contains("/svc/y", certificates, StringComparison.Ordinal);
        Assert.DoesNotContain("PRIVATE", dump + certificates, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task ProxyStatus_ConfigurationRefused_SaysNackedAndWhy()
    {
        var app = _mesh.Keep(await FakeApp.SayingAsync("z"));
        await _mesh.Server.PutAsync("/v1/agent/service/register", new
        {
            Name = "z",
            app.Port,
            Connect = new { SidecarService = new { Proxy = new { Upstreams = new[] { new { DestinationName = "x", LocalBindPort = app.Port } } } } },
        });
        _mesh.Keep(ProgramProcess.Start(
            "sidecar-for-z",
            Programs.Proxy,
            [
                "sidecar", "--sidecar-for", "z", "--server", _mesh.Server.GrpcAddress,
                "--admin-addr", "127.0.0.1:0", "--agent-addr", "127.0.0.1:0", "--outbound-addr", "127.0.0.1:0",
            ]));

        await Eventually.HoldsAsync("the refusal shows", async () =>
        {
            var status = await CtlAsync("proxy", "status", "-o", "wide");
            return status.Output.Contains("NACKED", StringComparison.Ordinal) && status.Output.Contains("cannot be bound", StringComparison.Ordinal)
                ? null
                : status.Output;
        });
    }

    private async Task SidecarForAsync(string service)
    {
        var ports = Path.Combine(_mesh.Folder, $"{service}-ports.json");
        var process = _mesh.Keep(ProgramProcess.Start(
            $"sidecar-for-{service}",
            Programs.Proxy,
            [
                "sidecar", "--sidecar-for", service, "--server", _mesh.Server.GrpcAddress,
                "--admin-addr", "127.0.0.1:0", "--agent-addr", "127.0.0.1:0", "--outbound-addr", "127.0.0.1:0", "--ports-file", ports,
            ]));
        var admin = (await PortsFile.ReadAsync(ports, process, "admin"))["admin"];
        using var client = new HttpClient();
        await Eventually.HoldsAsync($"the sidecar of {service} is ready", async () =>
        {
            using var answer = await client.GetAsync($"http://127.0.0.1:{admin}/ready");
            return answer.IsSuccessStatusCode ? null : await answer.Content.ReadAsStringAsync() + process.Output;
        });
    }

    private async Task<(int Code, string Output)> CtlAsync(params string[] arguments)
    {
        await using var process = ProgramProcess.Start("konsulctl", Programs.Ctl, [.. arguments, "--address", _mesh.Server.Http.BaseAddress!.ToString()]);
        var code = await process.WaitForExitAsync();
        return (code, process.Output);
    }
}
