using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Konsul.Mesh.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Konsul.Mesh.Server.Tests.Functional;

/// <summary>Each kind of check against a real target.</summary>
public sealed class CheckKindTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private TestServer Server => shared.Server;

    [Fact]
    public async Task Udp_NobodyListens_IsCriticalUntilSomebodyDoes()
    {
        using var socket = new Socket(SocketType.Dgram, ProtocolType.Udp);
        var port = FakeApp.FreePort();
        await RegisterAsync("udp", $$"""{"UDP":"127.0.0.1:{{port}}","Interval":"200ms","Timeout":"400ms"}""");
        await Server.UntilAsync("/v1/health/checks/udp", r => r.Text.Contains("refused", StringComparison.Ordinal) || StatusOf(r) == "critical");

        socket.Bind(new IPEndPoint(IPAddress.Loopback, port));

        await Server.UntilAsync("/v1/health/checks/udp", r => StatusOf(r) == "passing");
    }

    [Fact]
    public async Task Grpc_HealthService_DecidesPerService()
    {
        await using var app = await Http2App.StartAsync();
        await RegisterAsync("grpc", $$"""{"GRPC":"127.0.0.1:{{app.Port}}/orders","Interval":"200ms"}""");
        var passing = await Server.UntilAsync("/v1/health/checks/grpc", r => StatusOf(r) == "passing");
        Assert.Contains("success", passing.Text, StringComparison.Ordinal);
        Assert.Equal("orders", app.LastService);

        app.Serving = 2;
        await Server.UntilAsync("/v1/health/checks/grpc", r => StatusOf(r) == "critical" && r.Text.Contains("NOT_SERVING", StringComparison.Ordinal));
    }

    [Fact]
    public async Task H2Ping_Http2Server_Passes_OthersDoNot()
    {
        await using var app = await Http2App.StartAsync();
        await using var old = await FakeApp.StartAsync();
        await RegisterAsync("ping", $$"""{"H2PING":"127.0.0.1:{{app.Port}}","H2PingUseTLS":false,"Interval":"200ms"}""");
        await RegisterAsync("pong", $$"""{"H2PING":"127.0.0.1:{{old.Port}}","H2PingUseTLS":false,"Interval":"200ms","Timeout":"2s"}""");

        await Server.UntilAsync("/v1/health/checks/ping", r => StatusOf(r) == "passing");
        await old.UntilAskedAsync(0);
        Assert.Equal("critical", StatusOf(await Server.GetAsync("/v1/health/checks/pong")));
    }

    [Fact]
    public async Task Tcp_WithTls_VerifiesUnlessTold()
    {
        var port = Server.Server.GrpcPort;
        await RegisterAsync("tls-strict", $$"""{"TCP":"127.0.0.1:{{port}}","TCPUseTLS":true,"Interval":"200ms"}""");
        await RegisterAsync("tls-any", $$"""{"TCP":"127.0.0.1:{{port}}","TCPUseTLS":true,"TLSSkipVerify":true,"Interval":"200ms"}""");

        await Server.UntilAsync("/v1/health/checks/tls-any", r => StatusOf(r) == "passing");
        Assert.Equal("critical", StatusOf(await Server.GetAsync("/v1/health/checks/tls-strict")));
    }

    [Fact]
    public async Task Http_DisableRedirects_JudgesTheRedirectItself()
    {
        await using var app = await FakeApp.StartAsync();
        (app.Status, app.Location) = (302, "/there");
        await RegisterAsync("moved", $$"""{"HTTP":"{{app.Url}}","Interval":"200ms","DisableRedirects":true}""");

        await app.UntilAskedAsync(3);

        Assert.Equal("critical", StatusOf(await Server.GetAsync("/v1/health/checks/moved")));
    }

    [Fact]
    public async Task Script_ExitCodes_DecideAndTheOutputIsKept()
    {
        await using var server = await TestServer.StartAsync(change: s => s with { EnableScriptChecks = true });
        using var folder = new TemporaryFolder();
        var code = folder.File("code");
        await File.WriteAllTextAsync(code, "0");
        await server.MustPutAsync(
            "/v1/agent/check/register", $$"""{"Name":"script","Interval":"200ms","Args":["/bin/sh","-c","echo disk is fine; exit $(cat {{code}})"]}""");
        var passing = await server.UntilAsync("/v1/agent/checks", r => r.Json.GetProperty("script").GetProperty("Status").GetString() == "passing");
        Assert.Equal("disk is fine\n", passing.Json.GetProperty("script").GetProperty("Output").GetString());

        await File.WriteAllTextAsync(code, "1");
        await server.UntilAsync("/v1/agent/checks", r => r.Json.GetProperty("script").GetProperty("Status").GetString() == "warning");
        await File.WriteAllTextAsync(code, "7");
        await server.UntilAsync("/v1/agent/checks", r => r.Json.GetProperty("script").GetProperty("Status").GetString() == "critical");
    }

    [Fact]
    public async Task Script_OverItsTime_IsKilledWithAllItStarted()
    {
        await using var server = await TestServer.StartAsync(change: s => s with { EnableScriptChecks = true });
        using var folder = new TemporaryFolder();
        var pid = folder.File("pid");
        await server.MustPutAsync(
            "/v1/agent/check/register",
            $$"""{"Name":"slow","Interval":"1h","Timeout":"1s","Status":"passing","Args":["/bin/sh","-c","sleep 1000 & echo $! > {{pid}}; wait"]}""");

        await server.UntilAsync("/v1/agent/checks", r => r.Json.GetProperty("slow").GetProperty("Status").GetString() == "critical");
        var child = (await File.ReadAllTextAsync(pid)).Trim();

        await Eventually.HoldsAsync("the script's child is gone", () => Task.FromResult(!IsRunning(child)));
    }

    [Theory]
    [InlineData("""{"Name":"c","Interval":"10s","Args":["/bin/true"]}""", "Scripts are disabled on this agent from remote calls; to enable, configure 'enable_script_checks' to true")]
    [InlineData("""{"Name":"c","Interval":"10s","DockerContainerID":"x","Args":["a"]}""", "Docker checks are not made here")]
    [InlineData("""{"Name":"c","Interval":"10s","OSService":"x"}""", "OSService checks are not made here")]
    [InlineData("""{"Name":"c","Interval":"10s","UDP":"nonsense"}""", "UDP \"nonsense\" is not host:port")]
    [InlineData("""{"Name":"c","Interval":"10s","GRPC":"a:1","TCP":"b:2"}""", "only one kind of check can be specified")]
    [InlineData("""{"Name":"c","GRPC":"a:1"}""", "Interval must be > 0")]
    public async Task Register_WhatCannotBeRun_IsRefusedInWords(string body, string words)
    {
        var reply = await Server.PutAsync("/v1/agent/check/register", body);

        Assert.Equal(400, (int)reply.Status);
        Assert.Contains(words, reply.Text, StringComparison.Ordinal);
    }

    private static bool IsRunning(string pid)
    {
        try
        {
            // A zombie that nobody has collected yet does not run.
            return !File.ReadAllText($"/proc/{pid}/stat").Contains(") Z", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    private Task<Reply> RegisterAsync(string name, string check) =>
        Server.MustPutAsync("/v1/agent/service/register", $$"""{"Name":"{{name}}","Check":{{check}}}""");

    private static string StatusOf(Reply reply) => reply.Json[0].GetProperty("Status").GetString()!;

    /// <summary>A server that speaks HTTP/2 only, with gRPC's health service.</summary>
    private sealed class Http2App : IAsyncDisposable
    {
        private readonly WebApplication _app;

        private Http2App(WebApplication app) => _app = app;

        public int Port { get; private set; }

        public byte Serving { get; set; } = 1;

        public string LastService { get; private set; } = "";

        public static async Task<Http2App> StartAsync()
        {
            var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
            builder.WebHost.UseKestrelCore().ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0, l => l.Protocols = HttpProtocols.Http2));
            var web = builder.Build();
            var app = new Http2App(web);
            web.Run(app.AnswerAsync);
            await web.StartAsync();
            app.Port = new Uri(((IApplicationBuilder)web).ServerFeatures.Get<IServerAddressesFeature>()!.Addresses.First()).Port;
            return app;
        }

        public async ValueTask DisposeAsync()
        {
            await _app.StopAsync();
            await _app.DisposeAsync();
        }

        private async Task AnswerAsync(HttpContext http)
        {
            using var body = new MemoryStream();
            await http.Request.Body.CopyToAsync(body);
            var message = body.ToArray();
            LastService = message.Length > 7 ? System.Text.Encoding.UTF8.GetString(message, 7, message[6]) : "";
            Assert.Equal("/grpc.health.v1.Health/Check", http.Request.Path.Value);
            http.Response.ContentType = "application/grpc";
            await http.Response.Body.WriteAsync(new byte[] { 0, 0, 0, 0, 2, 8, Serving });
            http.Response.AppendTrailer("grpc-status", 0.ToString(CultureInfo.InvariantCulture));
        }
    }
}
