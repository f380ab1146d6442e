using System.Buffers;
using System.Net.Sockets;
using System.Text;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Model.Intentions;
using Konsul.Mesh.Telemetry.Prometheus;
using Konsul.Mesh.TestKit;
using Konsul.Mesh.TestKit.Apps;

namespace Konsul.Mesh.Proxy.Core.Tests;

public sealed class MetricsTests
{
    private readonly CertFactory _certs = new();

    [Fact]
    public async Task Requests_OnBothSides_AreCountedWithTheirOutcome()
    {
        await using var app = await FakeApp.SayingAsync("ok");
        await using var api = await Sidecar.ForAppAsync(_certs, "api", app.Port);
        await using var web = await Sidecar.StartAsync(_certs, "web");
        using var client = Sidecar.Client(await web.AddUpstreamAsync("api", ServiceProtocol.Http, ("a", api.InboundPort)));
        await client.GetStringAsync("/");
        await client.GetStringAsync("/");
        await api.MustApplyAsync(s => s with { Intentions = Sidecar.Policy("api", IntentionAction.Allow, Sidecar.Deny("web", "api")) });

        using var denied = await client.GetAsync("/");

        await ShowsAsync(web, "konsul_mesh_requests_total", "reporter=\"source\"", "destination_service=\"api\"", "status_code=\"200\"", " 2");
        await ShowsAsync(api, "konsul_mesh_requests_total", "reporter=\"destination\"", $"source_principal=\"{_certs.Id("web")}\"", "status_code=\"200\"", " 2");
        await ShowsAsync(api, "konsul_mesh_requests_total", "response_flags=\"INT\"", "status_code=\"403\"", " 1");

        // Counted by connection, and web may have more than one.
        await ShowsAsync(api, "konsul_proxy_authz_denied_total", "intention_id=\"deny-1\"", "source=\"web\"");
    }

    [Fact]
    public async Task TcpConnections_OnBothSides_AreCountedWithTheirBytes()
    {
        using var echo = TcpEcho.Start();
        await using var api = await Sidecar.ForAppAsync(_certs, "db", echo.Port, ServiceProtocol.Tcp);
        await using var web = await Sidecar.StartAsync(_certs, "web");
        using (var client = new TcpClient("127.0.0.1", await web.AddUpstreamAsync("db", ServiceProtocol.Tcp, ("a", api.InboundPort))))
        {
            await TcpEcho.RoundTripAsync(client, "hello");
            Assert.Equal("", await TcpEcho.EndAsync(client));
        }

        foreach (var sidecar in new[] { web, api })
        {
            await ShowsAsync(sidecar, "konsul_mesh_tcp_received_bytes_total", " 5");
            await ShowsAsync(sidecar, "konsul_mesh_tcp_sent_bytes_total", " 5");
            await ShowsAsync(sidecar, "konsul_mesh_tcp_connections_closed_total", "response_flags=\"-\"", " 1");
        }
    }

    private static Task ShowsAsync(Sidecar sidecar, string name, params string[] parts) => Eventually.HoldsAsync($"{name} {string.Join(' ', parts)}", () =>
    {
        var buffer = new ArrayBufferWriter<byte>();
        PrometheusText.Write(sidecar.Registry, buffer, ExpositionFormat.Text);
        var lines = Encoding.UTF8.GetString(buffer.WrittenSpan).Split('\n').Where(l => l.StartsWith(name, StringComparison.Ordinal)).ToList();
        return Task.FromResult(
            lines.Any(l => parts.All(p => p[0] == ' ' ? l.EndsWith(p, StringComparison.Ordinal) : l.Contains(p, StringComparison.Ordinal)))
                ? null
                : string.Join('\n', lines));
    });
}
