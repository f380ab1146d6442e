using System.Security.Cryptography.X509Certificates;
using Konsul.Mesh.Bench.Processes;

namespace Konsul.Mesh.Bench.Pairs;

/// <summary>A Konsul control plane with two sidecars, started as a user would start them. The server's CPU is not the pair's.</summary>
internal sealed class KonsulPair : ProxyPair
{
    private readonly KonsulServer _server;
    private readonly bool _ownsServer;

    private KonsulPair(KonsulServer server, bool ownsServer)
    {
        _server = server;
        _ownsServer = ownsServer;
    }

    public override string Name => "konsul";

    public override string Settings => "as shipped: 1 process per side, no thread or memory setting, intentions, metrics and balancing on";

    public override string HopProtocol => "h2";

    /// <param name="server">A server that runs already and outlives the pair, or null to start one.</param>
    public static async Task<KonsulPair> StartAsync(string bin, PairSetup setup, KonsulServer? server, CancellationToken cancel)
    {
        var own = server is null;
        server ??= await KonsulServer.StartAsync(bin, setup.Folder, setup.Time, cancel);
        KonsulSidecar? api = null;
        KonsulSidecar? web = null;
        try
        {
            var outbound = FreePort.Next();
            api = await KonsulSidecar.StartAsync(bin, setup.Folder, "api", server,
                ["--service", "api", "--service-port", $"{setup.AppPort}", "--inbound-addr", "127.0.0.1:0", "--protocol", "http"], setup.Time, cancel);
            web = await KonsulSidecar.StartAsync(bin, setup.Folder, "web", server,
                ["--service", "web", "--service-port", $"{FreePort.Next()}", "--inbound-addr", "127.0.0.1:0", "--protocol", "http",
                    "--upstream", $"api:{outbound}"], setup.Time, cancel);
            return new KonsulPair(server, own)
            {
                OutboundPort = outbound,
                InboundPort = api.InboundPort,
                Outbound = web.Process,
                Inbound = api.Process,
            };
        }
        catch
        {
            await DisposeAllAsync(web?.Process, api?.Process, own ? server : null);
            throw;
        }
    }

    public override async Task<(X509Certificate2 Certificate, string ServerName)?> GoodClientAsync(CancellationToken cancel) =>
        await _server.LeafAsync("web", cancel) is { } leaf
            ? (leaf, $"api.default.dc1.internal.{await _server.TrustDomainAsync(cancel)}")
            : null;

    // The address it dials comes out of the catalog, and the identity it demands out of the mesh's CA.
    public override (ChildProcess Process, int Port)? StartOutboundTo(int port) => null;

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (_ownsServer)
        {
            await _server.DisposeAsync();
        }
    }

    private static async Task DisposeAllAsync(params IAsyncDisposable?[] started)
    {
        foreach (var one in started)
        {
            if (one is not null)
            {
                await one.DisposeAsync();
            }
        }
    }
}
