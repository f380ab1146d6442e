using System.Globalization;

namespace Konsul.Mesh.EndToEnd.Tests.Dns;

/// <summary>What BIND's tools make of our answers: they complain about every malformed byte.</summary>
public sealed class DigTests(DnsFixture dns) : IClassFixture<DnsFixture>
{
    [Fact]
    public async Task Dig_ServiceInEveryForm_FindsIt()
    {
        await dns.RegisterAsync("api", "a1", "10.1.0.1", 8001, tags: ["v1"]);
        await dns.RegisterAsync("api", "a2", "10.1.0.2", 8002, status: "warning");
        await dns.RegisterAsync("api", "a3", "10.1.0.3", 8003, status: "critical");

        Assert.Equal("10.1.0.1|10.1.0.2", await dns.ShortAsync("api.service.konsul", "A"));
        Assert.Equal("10.1.0.1|10.1.0.2", await dns.ShortAsync("+tcp", "api.service.dc1.consul", "A"));
        Assert.Equal("10.1.0.1", await dns.ShortAsync("v1.api.service.konsul"));
        Assert.Equal("1 1 8001 0a010001.addr.dc1.konsul.|1 1 8002 0a010002.addr.dc1.konsul.", await dns.ShortAsync("_api._tcp.service.konsul", "SRV"));
        Assert.Equal("10.1.0.2", await dns.ShortAsync("0a010002.addr.dc1.konsul"));
        Assert.Equal("host-a1.node.dc1.konsul.", await dns.ShortAsync("-x", "10.1.0.1"));
        Assert.Equal("10.1.0.1", await dns.ShortAsync("host-a1.node.konsul"));
    }

    [Theory]
    [InlineData("NXDOMAIN", "nothing.service.konsul", "A")]
    [InlineData("NOERROR", "konsul", "A")]
    [InlineData("REFUSED", "www.example.com", "A")]
    [InlineData("REFUSED", "version.bind", "TXT", "CH")]
    [InlineData("BADVERS", "konsul", "SOA", "+edns=1", "+noednsnegotiation")]
    [InlineData("NOERROR", "konsul", "SOA", "+nsid", "+cookie", "+subnet=192.0.2.0/24", "+dnssec")]
    [InlineData("NOTIMP", "konsul", "SOA", "+opcode=UPDATE")]
    [InlineData("NOERROR", "ns.konsul", "A", "+norecurse", "+noedns")]
    public async Task Dig_Question_HasTheStatusAndNoComplaint(string status, params string[] question)
    {
        var output = (await dns.DigAsync(question)).Replace("WARNING: recursion requested but not available", "", StringComparison.Ordinal);

        Assert.Contains($"status: {status}", output, StringComparison.Ordinal);
        foreach (var complaint in (string[])["WARNING", "malformed", "Warning", "extra bytes", "mismatch", "parser error"])
            Assert.DoesNotContain(complaint, output, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Dig_MoreThanFitsUdp_AsksAgainOverTcp()
    {
        for (var i = 1; i <= 40; i++)
            await dns.RegisterAsync("wide", $"w{i}", $"10.2.0.{i}", 80);

        var plain = await dns.DigAsync("+noedns", "wide.service.konsul", "SRV");
        var ignoring = await dns.DigAsync("+noedns", "+ignore", "wide.service.konsul", "SRV");
        var large = await dns.DigAsync("+bufsize=4096", "+ignore", "wide.service.konsul", "A");

        Assert.Contains("retrying in TCP mode", plain, StringComparison.Ordinal);
        Assert.Contains("ANSWER: 40,", plain, StringComparison.Ordinal);
        Assert.Matches("flags: qr aa tc rd", ignoring);
        Assert.Contains("ANSWER: 40,", large, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dig_ManyQuestionsOverOneConnection_AreAllAnswered()
    {
        await dns.RegisterAsync("slow", "s1", "10.3.0.1", 80);
        var questions = Enumerable.Repeat((string[])["slow.service.konsul", "A"], 20).SelectMany(q => q).ToArray();

        var output = await dns.DigAsync(["+tcp", "+keepopen", "+noall", "+answer", .. questions]);

        Assert.Equal(20, output.Split('\n').Count(l => l.Contains("10.3.0.1", StringComparison.Ordinal) && l.Split('\t', ' ').Contains("7")));
    }

    [Fact]
    public async Task Delv_Answer_IsReadable()
    {
        await dns.RegisterAsync("delved", "d1", "10.4.0.1", 80);

        var output = await DnsFixture.RunAsync("delv", "@127.0.0.1", "-p", dns.Port, "-i", "delved.service.konsul", "A");

        Assert.Contains("10.4.0.1", output, StringComparison.Ordinal);
        Assert.DoesNotContain("resolution failed", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unbound_InFront_ForwardsBothZones()
    {
        await dns.RegisterAsync("behind", "b1", "10.5.0.1", 80);
        var port = TestKit.FreePorts.Next().ToString(CultureInfo.InvariantCulture);
        var config = dns.File("unbound.conf");
        await File.WriteAllTextAsync(config, $"""
            server:
              interface: 127.0.0.1
              port: {port}
              do-daemonize: no
              username: ""
              chroot: ""
              directory: "{Path.GetDirectoryName(config)}"
              pidfile: ""
              use-syslog: no
              module-config: "iterator"
              do-not-query-localhost: no
              qname-minimisation: yes
              harden-below-nxdomain: yes
              use-caps-for-id: yes
            stub-zone:
              name: "konsul."
              stub-addr: 127.0.0.1@{dns.Port}
            forward-zone:
              name: "consul."
              forward-addr: 127.0.0.1@{dns.Port}
            """);
        Assert.SkipUnless(TestKit.Processes.Programs.Find("unbound") is not null, "unbound is not installed");
        await using var unbound = TestKit.Processes.ProgramProcess.Start("unbound", TestKit.Processes.Programs.Find("unbound")!, ["-d", "-c", config]);

        foreach (var name in (string[])["behind.service.konsul", "behind.service.dc1.konsul", "behind.service.consul"])
        {
            await TestKit.Eventually.HoldsAsync($"unbound resolves {name}", async () =>
            {
                unbound.ThrowIfEnded();
                var output = await DnsFixture.RunAsync("dig", "@127.0.0.1", "-p", port, "+time=5", name, "A");
                return output.Contains("10.5.0.1", StringComparison.Ordinal) ? null : output;
            });
        }
    }
}
