using Konsul.Mesh.Bench.Certificates;
using Konsul.Mesh.Bench.Processes;

namespace Konsul.Mesh.Bench.Pairs;

/// <summary>Two Caddy processes with GOMAXPROCS=1, the nearest to one worker, and HTTP/2 alone as the upstream's transport version.</summary>
internal sealed class CaddyPair : PeerPair
{
    private CaddyPair(PairSetup setup) : base(setup)
    {
    }

    public override string Name => "caddy-h2";

    public override string Settings => "1 process per side, GOMAXPROCS=1, transport versions 2, compression off";

    public override string HopProtocol => "h2";

    public static CaddyPair Start(PairSetup setup)
    {
        var (outbound, inbound) = (FreePort.Next(), FreePort.Next());
        return new CaddyPair(setup)
        {
            OutboundPort = outbound,
            InboundPort = inbound,
            Inbound = StartInbound(setup, inbound),
            Outbound = StartOutboundTo(setup, outbound, inbound),
        };
    }

    protected override ChildProcess StartOutbound(PairSetup setup, int listen, int peer) => StartOutboundTo(setup, listen, peer);

    // strict_sni_host is off because the Host that the client sent is forwarded, and it is not the peer's TLS name.
    private static ChildProcess StartInbound(PairSetup setup, int listen) => Run(setup, "inbound", $$"""
            servers {
                strict_sni_host insecure_off
            }
        }
        https://:{{listen}} {
            bind 127.0.0.1
            tls {{setup.Certificates.Server}} {{setup.Certificates.ServerKey}} {
                protocols tls1.3
                client_auth {
                    mode require_and_verify
                    trusted_ca_cert_file {{setup.Certificates.Authority}}
                }
            }
            reverse_proxy 127.0.0.1:{{setup.AppPort}} {
                transport http {
                    versions 1.1
                    compression off
                    keepalive_idle_conns_per_host 256
                }
            }
        }
        """);

    private static ChildProcess StartOutboundTo(PairSetup setup, int listen, int peer) => Run(setup, $"outbound-{listen}", $$"""
        }
        http://:{{listen}} {
            bind 127.0.0.1
            reverse_proxy https://127.0.0.1:{{peer}} {
                transport http {
                    versions 2
                    compression off
                    keepalive_idle_conns_per_host 256
                    tls_server_name {{MeshCertificates.ServerName}}
                    tls_client_auth {{setup.Certificates.Client}} {{setup.Certificates.ClientKey}}
                    tls_trusted_ca_certs {{setup.Certificates.Authority}}
                }
            }
        }
        """);

    private static ChildProcess Run(PairSetup setup, string side, string rest)
    {
        var path = Path.Combine(setup.Folder, $"{side}.caddyfile");
        File.WriteAllText(path, $$"""
            {
                admin off
                auto_https off
                storage file_system {{setup.Folder}}/{{side}}-storage
                log default {
                    output stderr
                    level ERROR
                }
            {{rest}}

            """);
        return ChildProcess.Start($"caddy {side}", "caddy", ["run", "--adapter", "caddyfile", "--config", path],
            ("GOMAXPROCS", "1"), ("XDG_CONFIG_HOME", setup.Folder), ("XDG_DATA_HOME", setup.Folder));
    }
}
