using Konsul.Mesh.Bench.Certificates;
using Konsul.Mesh.Bench.Processes;

namespace Konsul.Mesh.Bench.Pairs;

/// <summary>Two nginx, one worker each. nginx (below 1.29) speaks no HTTP/2 to an upstream, so the hop is HTTP/1.1 with kept-alive connections.</summary>
internal sealed class NginxPair : PeerPair
{
    private NginxPair(PairSetup setup) : base(setup)
    {
    }

    public override string Name => "nginx-h1";

    public override string Settings => "master + 1 worker per side, upstream keepalive 256; HTTP/1.1 hop because nginx has no HTTP/2 towards upstreams";

    public override string HopProtocol => "http/1.1";

    public static NginxPair Start(PairSetup setup)
    {
        var (outbound, inbound) = (FreePort.Next(), FreePort.Next());
        return new NginxPair(setup)
        {
            OutboundPort = outbound,
            InboundPort = inbound,
            Inbound = StartInbound(setup, inbound),
            Outbound = StartOutboundTo(setup, outbound, inbound),
        };
    }

    /// <summary>An nginx of one worker, in its own folder, without logs; <paramref name="http"/> goes inside its http block.</summary>
    public static ChildProcess Start(string side, string folder, string http)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, $"{side}.conf");
        File.WriteAllText(path, $$"""
            {{(Environment.IsPrivilegedProcess ? "user root;" : "")}}
            daemon off;
            worker_processes 1;
            pid {{folder}}/{{side}}.pid;
            error_log stderr crit;
            events { worker_connections 4096; }
            http {
                access_log off;
                keepalive_timeout 1h;
                keepalive_requests 1000000000;
                tcp_nodelay on;
                client_body_temp_path {{folder}}/{{side}}-body;
                proxy_temp_path {{folder}}/{{side}}-proxy;
                fastcgi_temp_path {{folder}}/{{side}}-fastcgi;
                uwsgi_temp_path {{folder}}/{{side}}-uwsgi;
                scgi_temp_path {{folder}}/{{side}}-scgi;
            {{http}}
            }

            """);
        return ChildProcess.Start($"nginx {side}", "nginx", ["-p", folder, "-c", path]);
    }

    protected override ChildProcess StartOutbound(PairSetup setup, int listen, int peer) => StartOutboundTo(setup, listen, peer);

    private static ChildProcess StartInbound(PairSetup setup, int listen) => Start("inbound", setup.Folder, $$"""
            upstream app { server 127.0.0.1:{{setup.AppPort}}; keepalive 256; keepalive_requests 1000000000; keepalive_timeout 1h; }
            server {
                listen 127.0.0.1:{{listen}} ssl backlog=1024;
                ssl_certificate {{setup.Certificates.Server}};
                ssl_certificate_key {{setup.Certificates.ServerKey}};
                ssl_client_certificate {{setup.Certificates.Authority}};
                ssl_verify_client on;
                ssl_protocols TLSv1.3;
                ssl_session_tickets off;
                location / { proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection ""; }
            }
        """);

    private static ChildProcess StartOutboundTo(PairSetup setup, int listen, int peer) => Start($"outbound-{listen}", setup.Folder, $$"""
            upstream peer { server 127.0.0.1:{{peer}}; keepalive 256; keepalive_requests 1000000000; keepalive_timeout 1h; }
            server {
                listen 127.0.0.1:{{listen}} backlog=1024;
                location / {
                    proxy_pass https://peer;
                    proxy_http_version 1.1;
                    proxy_set_header Connection "";
                    proxy_ssl_certificate {{setup.Certificates.Client}};
                    proxy_ssl_certificate_key {{setup.Certificates.ClientKey}};
                    proxy_ssl_trusted_certificate {{setup.Certificates.Authority}};
                    proxy_ssl_verify on;
                    proxy_ssl_server_name on;
                    proxy_ssl_name {{MeshCertificates.ServerName}};
                    proxy_ssl_protocols TLSv1.3;
                    proxy_ssl_session_reuse off;
                }
            }
        """);
}
