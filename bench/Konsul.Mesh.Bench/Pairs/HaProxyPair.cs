using Konsul.Mesh.Bench.Certificates;
using Konsul.Mesh.Bench.Processes;

namespace Konsul.Mesh.Bench.Pairs;

/// <summary>Two HAProxy processes, one thread each. With h2 the hop is a few long-lived connections, with h1 one connection per request in flight.</summary>
internal sealed class HaProxyPair : PeerPair
{
    private readonly bool _h2;

    private HaProxyPair(PairSetup setup, bool h2) : base(setup) => _h2 = h2;

    public override string Name => _h2 ? "haproxy-h2" : "haproxy-h1";

    public override string Settings => "1 process x nbthread 1 per side, http-reuse always, TLS session cache off, all else at defaults";

    public override string HopProtocol => Protocol(_h2);

    public static HaProxyPair Start(PairSetup setup, bool h2)
    {
        var (outbound, inbound) = (FreePort.Next(), FreePort.Next());
        return new HaProxyPair(setup, h2)
        {
            OutboundPort = outbound,
            InboundPort = inbound,
            Inbound = StartInbound(setup, inbound, h2),
            Outbound = StartOutbound(setup, outbound, inbound, h2),
        };
    }

    protected override ChildProcess StartOutbound(PairSetup setup, int listen, int peer) => StartOutbound(setup, listen, peer, _h2);

    private static string Protocol(bool h2) => h2 ? "h2" : "http/1.1";

    private static ChildProcess StartInbound(PairSetup setup, int listen, bool h2) => Run(setup, "inbound", $"""
        frontend mtls
          bind 127.0.0.1:{listen} ssl crt {setup.Certificates.Server} ca-file {setup.Certificates.Authority} verify required alpn {Protocol(h2)}
          default_backend app
        backend app
          server app 127.0.0.1:{setup.AppPort}
        """);

    private static ChildProcess StartOutbound(PairSetup setup, int listen, int peer, bool h2) => Run(setup, $"outbound-{listen}", $"""
        frontend plain
          bind 127.0.0.1:{listen}
          default_backend peer
        backend peer
          server peer 127.0.0.1:{peer} ssl crt {setup.Certificates.Client} ca-file {setup.Certificates.Authority} verify required verifyhost {MeshCertificates.ServerName} sni str({MeshCertificates.ServerName}) alpn {Protocol(h2)}
        """);

    private static ChildProcess Run(PairSetup setup, string side, string sections)
    {
        var path = Path.Combine(setup.Folder, $"{side}.cfg");
        File.WriteAllText(path, $"""
            global
              nbthread 1
              maxconn 4096
              tune.ssl.cachesize 0
              ssl-default-bind-options ssl-min-ver TLSv1.3 no-tls-tickets
              ssl-default-server-options ssl-min-ver TLSv1.3 no-tls-tickets
            defaults
              mode http
              timeout connect 5s
              timeout client 60s
              timeout server 60s
              http-reuse always
            {sections}

            """);
        return ChildProcess.Start($"haproxy {side}", "haproxy", ["-db", "-q", "-f", path]);
    }
}
