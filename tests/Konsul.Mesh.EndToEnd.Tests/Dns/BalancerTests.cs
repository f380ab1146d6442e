using System.Globalization;
using System.Net;
using Konsul.Mesh.TestKit;
using Konsul.Mesh.TestKit.Apps;
using Konsul.Mesh.TestKit.Processes;

namespace Konsul.Mesh.EndToEnd.Tests.Dns;

/// <summary>Load balancers that know nothing of us but DNS: they must find all instances, and leave those that fail their checks.</summary>
public sealed class BalancerTests(DnsFixture dns) : IClassFixture<DnsFixture>
{
    private const int Requests = 30;

    [Fact]
    public async Task HaProxy_Resolvers_FollowInstancesAndTheirHealth()
    {
        Assert.SkipUnless(Programs.Find("haproxy") is not null, "haproxy is not installed");
        await using var one = await FakeApp.SayingAsync("one");
        await using var two = await FakeApp.SayingAsync("two");
        await dns.RegisterAsync("shop", "shop-1", "127.0.0.1", one.Port);
        await dns.RegisterAsync("shop", "shop-2", "127.0.0.1", two.Port);
        var port = FreePorts.Next();
        var config = dns.File("haproxy.cfg");
        await File.WriteAllTextAsync(config, $"""
            defaults
              mode http
              timeout connect 2s
              timeout client 5s
              timeout server 5s
              retries 3
              option redispatch 1
            resolvers konsul
              nameserver one 127.0.0.1:{dns.Port}
              accepted_payload_size 4096
              timeout resolve 200ms
              timeout retry 200ms
              hold valid 200ms
              hold nx 200ms
              hold obsolete 0s
            frontend in
              bind 127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}
              default_backend shop
            backend shop
              balance roundrobin
              server-template shop 5 _shop._tcp.service.konsul resolvers konsul resolve-prefer ipv4 init-addr none check inter 200ms

            """);
        await using var proxy = ProgramProcess.Start("haproxy", Programs.Find("haproxy")!, ["-W", "-db", "-f", config]);

        await FollowsAsync(proxy, new Uri($"http://127.0.0.1:{port}/"), "shop", ("shop-1", "127.0.0.1", one.Port), "two");
    }

    [Fact]
    public async Task Nginx_Resolver_FollowsInstancesAndTheirHealth()
    {
        Assert.SkipUnless(Programs.Find("nginx") is not null, "nginx is not installed");
        var app = FreePorts.Next();
        await using var one = await FakeApp.SayingAsync("one", app, IPAddress.Parse("127.9.8.1"));
        await using var two = await FakeApp.SayingAsync("two", app, IPAddress.Parse("127.9.8.2"));
        await dns.RegisterAsync("news", "news-1", "127.9.8.1", app);
        await dns.RegisterAsync("news", "news-2", "127.9.8.2", app);
        var port = FreePorts.Next();
        var folder = dns.File("nginx");
        Directory.CreateDirectory(folder);
        var config = Path.Combine(folder, "nginx.conf");
        await File.WriteAllTextAsync(config, $$"""
            daemon off;
            master_process off;
            pid {{folder}}/nginx.pid;
            error_log stderr notice;
            events { worker_connections 64; }
            http {
              access_log off;
              client_body_temp_path {{folder}}/body;
              proxy_temp_path {{folder}}/proxy;
              fastcgi_temp_path {{folder}}/fastcgi;
              uwsgi_temp_path {{folder}}/uwsgi;
              scgi_temp_path {{folder}}/scgi;
              resolver 127.0.0.1:{{dns.Port}} valid=1s ipv6=off;
              server {
                listen 127.0.0.1:{{port.ToString(CultureInfo.InvariantCulture)}};
                location / {
                  set $news news.service.konsul;
                  proxy_pass http://$news:{{app.ToString(CultureInfo.InvariantCulture)}};
                }
              }
            }
            """);
        await using var proxy = ProgramProcess.Start("nginx", Programs.Find("nginx")!, ["-c", config, "-p", folder]);

        await FollowsAsync(proxy, new Uri($"http://127.0.0.1:{port}/"), "news", ("news-1", "127.9.8.1", app), "two");
    }

    /// <summary>Both are asked; the first alone leaves when its check fails, and comes back.</summary>
    private async Task FollowsAsync(ProgramProcess proxy, Uri address, string service, (string Id, string Address, int Port) first, string other)
    {
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(10) };
        await SaysAsync("both answer", "one two");
        await dns.RegisterAsync(service, first.Id, first.Address, first.Port, "critical");
        await SaysAsync("only the healthy one answers", other);
        await dns.RegisterAsync(service, first.Id, first.Address, first.Port);
        await SaysAsync("both answer again", "one two");

        Task SaysAsync(string what, string expected) => Eventually.HoldsAsync(what, async () =>
        {
            proxy.ThrowIfEnded();
            var said = new SortedSet<string>(StringComparer.Ordinal);
            for (var i = 0; i < Requests; i++)
                said.Add(await client.GetStringAsync(address));
            var text = string.Join(' ', said);
            return text == expected ? null : text;
        });
    }
}
