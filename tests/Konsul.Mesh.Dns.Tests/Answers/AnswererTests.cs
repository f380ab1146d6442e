using System.Collections.Immutable;
using System.Net;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.State.Commands;

namespace Konsul.Mesh.Dns.Tests.Answers;

/// <summary>Names and answers against one state, as Consul's documentation and spec section 2.9 have them.</summary>
public sealed class AnswererTests
{
    private readonly DnsFixture _dns = new(o => o with { ServiceTtl = ImmutableDictionary.CreateRange([new KeyValuePair<string, TimeSpan>("api", TimeSpan.FromSeconds(5))]) });

    public AnswererTests()
    {
        _dns.Node("n1", "10.0.0.1", ImmutableSortedDictionary.CreateRange([new KeyValuePair<string, string>("os", "linux"), new("rfc1035-note", "hello")]));
        _dns.Node("n2", "10.0.0.2");
        _dns.Node("N3", "2001:db8::3");
        _dns.Node("web.example", "www.example.com");
        _dns.Service("api", "n1", 8080, id: "api-1", tags: ["V1", "a.b"], passing: 10);
        _dns.Service("api", "n2", 8081, "10.1.0.2", "api-2", ["v2"], CheckStatus.Warning, warning: 3);
        _dns.Service("api", "n2", 8082, "10.1.0.3", "api-3", ["v1"], CheckStatus.Critical);
        _dns.Service("v6", "N3", 90);
        _dns.Service("Mixed", "n1", 70);
        _dns.Service("outside", "web.example", 443);
        _dns.Service("down", "n1", 1, status: CheckStatus.Critical);
        _dns.Sidecar("api", "n1", 21000);
        _dns.Service("entry", "n2", 8443, change: i => i with
        {
            Kind = ServiceKind.IngressGateway,
            Proxy = new ProxyRegistration { Upstreams = [new Upstream { DestinationName = "api", LocalBindPort = 8443 }] },
        });
        _dns.Service("virt", "n1", change: i => i with { TaggedAddresses = i.TaggedAddresses.Add("consul-virtual", new ServiceAddress("240.0.0.7", 80)) });
        _dns.Service("dual", "n1", 5, "10.5.0.1", change: i => i with { TaggedAddresses = i.TaggedAddresses.Add("lan_ipv6", new ServiceAddress("2001:db8::5", 5)) });
        _dns.Service("alias", "n1", 5, "n2.node.konsul");
    }

    [Theory]
    [InlineData("api.service.konsul", "10.0.0.1 10.1.0.2")]
    [InlineData("api.service.consul", "10.0.0.1 10.1.0.2")]
    [InlineData("API.SERVICE.KONSUL", "10.0.0.1 10.1.0.2")]
    [InlineData("api.service.dc1.konsul", "10.0.0.1 10.1.0.2")]
    [InlineData("api.service.dc1.dc.consul", "10.0.0.1 10.1.0.2")]
    [InlineData("api.service.default.ns.dc1.dc.consul", "10.0.0.1 10.1.0.2")]
    [InlineData("v1.api.service.konsul", "10.0.0.1")]
    [InlineData("a.b.api.service.konsul", "10.0.0.1")]
    [InlineData("v2.api.service.konsul", "10.1.0.2")]
    [InlineData("_api._v2.service.konsul", "10.1.0.2")]
    [InlineData("_api._tcp.service.konsul", "10.0.0.1 10.1.0.2")]
    [InlineData("mixed.service.konsul", "10.0.0.1")]
    [InlineData("MIXED.service.konsul", "10.0.0.1")]
    [InlineData("api.connect.konsul", "10.0.0.1")]
    [InlineData("api.ingress.konsul", "10.0.0.2")]
    [InlineData("virt.virtual.konsul", "240.0.0.7")]
    [InlineData("n1.node.konsul", "10.0.0.1")]
    [InlineData("N1.node.dc1.konsul", "10.0.0.1")]
    [InlineData("0a000001.addr.konsul", "10.0.0.1")]
    [InlineData("0A000001.addr.dc1.konsul", "10.0.0.1")]
    [InlineData("dual.service.konsul", "10.5.0.1")]
    [InlineData("alias.service.konsul", "10.0.0.2 n2.node.konsul.")]
    [InlineData("outside.service.konsul", "www.example.com.")]
    [InlineData("web.example.node.konsul", "www.example.com.")]
    [InlineData("ns.konsul", "10.0.0.1")]
    public void A_KnownName_AnswersItsAddresses(string name, string addresses)
    {
        var reply = _dns.Ask(name, Message.A);

        Assert.Equal(addresses, string.Join(' ', reply.Sorted));
        Assert.Equal((0, true, true), (reply.Code, reply.Authoritative, reply.IsResponse));
        Assert.Equal(name + ".", reply.Question);
        Assert.Empty(reply.Authority);
    }

    [Theory]
    [InlineData("v6.service.konsul", "2001:db8::3")]
    [InlineData("n3.node.konsul", "2001:db8::3")]
    [InlineData("dual.service.konsul", "2001:db8::5")]
    [InlineData("20010db8000000000000000000000003.addr.konsul", "2001:db8::3")]
    public void Aaaa_KnownName_AnswersItsAddresses(string name, string addresses) =>
        Assert.Equal(addresses, string.Join(' ', _dns.Ask(name, Message.Aaaa).Sorted));

    [Theory]
    [InlineData("nothing.service.konsul")]
    [InlineData("v9.api.service.konsul")]
    [InlineData("down.service.konsul")]
    [InlineData("api.service.dc2.konsul")]
    [InlineData("api.service.other.peer.konsul")]
    [InlineData("api.service.other.ns.konsul")]
    [InlineData("nothing.node.konsul")]
    [InlineData("n1.node.dc2.konsul")]
    [InlineData("nothing.connect.konsul")]
    [InlineData("nothing.ingress.konsul")]
    [InlineData("api.virtual.konsul")]
    [InlineData("any.query.konsul")]
    [InlineData("zz.addr.konsul")]
    [InlineData("a.b.c.konsul")]
    [InlineData("dc2.konsul")]
    public void Any_UnknownName_IsNxdomainWithSoa(string name)
    {
        foreach (var type in (int[])[Message.A, Message.Aaaa, Message.Srv, Message.Txt, Message.Any])
        {
            var reply = _dns.Ask(name, type);

            Assert.Equal((3, true), (reply.Code, reply.Authoritative));
            Assert.Empty(reply.Answers);
            var soa = Assert.Single(reply.Authority);
            Assert.Equal(("konsul.", Message.Soa, 0u), (soa.Name, soa.Type, soa.Ttl));
            Assert.Equal($"ns.konsul. hostmaster.konsul. {_dns.Store.View.Index} 3600 600 86400 0", soa.Data);
        }
    }

    [Theory]
    [InlineData("api.service.konsul", Message.Aaaa)]
    [InlineData("api.service.konsul", Message.Txt)]
    [InlineData("api.service.konsul", Message.Mx)]
    [InlineData("api.service.konsul", Message.Soa)]
    [InlineData("v6.service.konsul", Message.A)]
    [InlineData("n2.node.konsul", Message.Txt)]
    [InlineData("n1.node.konsul", Message.Srv)]
    [InlineData("0a000001.addr.konsul", Message.Aaaa)]
    [InlineData("virt.virtual.konsul", Message.Aaaa)]
    [InlineData("konsul", Message.A)]
    [InlineData("service.konsul", Message.A)]
    [InlineData("dc1.konsul", Message.A)]
    [InlineData("service.dc1.konsul", Message.A)]
    [InlineData("_tcp.service.konsul", Message.A)]
    public void Any_KnownNameWithoutTheType_IsNodataWithSoa(string name, int type)
    {
        var reply = _dns.Ask(name, type);

        Assert.Equal((0, true), (reply.Code, reply.Authoritative));
        Assert.Empty(reply.Answers);
        Assert.Equal(Message.Soa, Assert.Single(reply.Authority).Type);
    }

    [Fact]
    public void Srv_Service_HasWeightsPortsTargetsAndTheirAddresses()
    {
        var reply = _dns.Ask("api.service.konsul", Message.Srv);

        Assert.Equal(["1 10 8080 n1.node.dc1.konsul.", "1 3 8081 0a010002.addr.dc1.konsul."], reply.Sorted);
        Assert.All(reply.Answers, a => Assert.Equal(5u, a.Ttl));
        Assert.Equal(
            ["0a010002.addr.dc1.konsul. 10.1.0.2", "n1.node.dc1.konsul. 10.0.0.1"],
            reply.Additional.Select(r => $"{r.Name} {r.Data}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Srv_AddressThatIsAName_TargetsIt()
    {
        var reply = _dns.Ask("outside.service.konsul", Message.Srv);

        Assert.Equal(["1 1 443 www.example.com."], reply.Sorted);
        Assert.Empty(reply.Additional);
    }

    [Fact]
    public void Txt_Node_TellsItsMeta()
    {
        Assert.Equal(["hello", "os=linux"], _dns.Ask("n1.node.konsul", Message.Txt).Sorted);
        Assert.Equal(["10.0.0.1", "hello", "os=linux"], _dns.Ask("n1.node.konsul", Message.Any).Sorted);
        Assert.Equal(["hello", "os=linux"], _dns.Ask("n1.node.konsul", Message.A).Additional.Select(r => r.Data).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("1.0.0.10.in-addr.arpa", "n1.node.dc1.konsul.")]
    [InlineData("2.0.1.10.in-addr.arpa", "api.service.konsul.")]
    [InlineData("3.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.B.D.0.1.0.0.2.IP6.ARPA", "N3.node.dc1.konsul.")]
    public void Ptr_AddressOfANodeOrInstance_NamesIt(string name, string target)
    {
        var reply = _dns.Ask(name, Message.Ptr);

        Assert.Equal([target], reply.Sorted);
        Assert.True(reply.Authoritative);
    }

    [Theory]
    [InlineData("9.9.9.9.in-addr.arpa", 3)]
    [InlineData("0.0.10.in-addr.arpa", 0)]
    public void Ptr_NobodysAddress_IsNotThere(string name, int code)
    {
        var reply = _dns.Ask(name, Message.Ptr);

        Assert.Equal((code, 0), (reply.Code, reply.Answers.Count));
        Assert.Equal("konsul.", Assert.Single(reply.Authority).Name);
    }

    [Fact]
    public void SoaAndNs_Zone_NameTheServers()
    {
        var soa = _dns.Ask("konsul", Message.Soa);
        var ns = _dns.Ask("consul", Message.Ns);

        Assert.StartsWith("ns.konsul. hostmaster.konsul. ", Assert.Single(soa.Answers).Data, StringComparison.Ordinal);
        Assert.Equal("n1.node.dc1.konsul.", Assert.Single(soa.Authority).Data);
        Assert.Equal(("consul.", "n1.node.dc1.consul."), (Assert.Single(ns.Answers).Name, ns.Answers[0].Data));
        Assert.Equal(("n1.node.dc1.consul.", "10.0.0.1"), (Assert.Single(ns.Additional).Name, ns.Additional[0].Data));
    }

    [Fact]
    public void Cname_AddressThatIsAName_IsAsked() => Assert.Equal(["www.example.com."], _dns.Ask("outside.service.konsul", Message.Cname).Sorted);

    [Fact]
    public void A_SeveralNamesForOneService_TellsOne()
    {
        _dns.Service("outside", "n1", 443, "other.example.com", "outside-2");

        var replies = Enumerable.Range(0, 60).Select(_ => Assert.Single(_dns.Ask("outside.service.konsul", Message.A).Answers).Data).ToHashSet();

        Assert.Equal(2, replies.Count);
    }

    [Fact]
    public void A_CircleOfNames_Ends()
    {
        _dns.Service("ring-a", "n1", address: "ring-b.service.konsul");
        _dns.Service("ring-b", "n1", address: "ring-a.service.konsul");

        var reply = _dns.Ask("ring-a.service.konsul", Message.A);

        Assert.InRange(reply.Answers.Count, 1, 8);
        Assert.All(reply.Answers, a => Assert.Equal(Message.Cname, a.Type));
    }

    [Fact]
    public void A_WarningWithOnlyPassing_IsLeftOut()
    {
        var strict = new DnsFixture(o => o with { OnlyPassing = true });
        strict.Node("n1", "10.0.0.1");
        strict.Service("api", "n1", address: "10.0.0.8", id: "a", status: CheckStatus.Warning);
        strict.Service("api", "n1", address: "10.0.0.9", id: "b", status: CheckStatus.Passing);

        Assert.Equal(["10.0.0.9"], strict.Ask("api.service.konsul", Message.A).Sorted);
    }

    [Fact]
    public void A_InstancesOnOneAddress_AnswerItOnce()
    {
        _dns.Service("twin", "n1", 1, id: "t1");
        _dns.Service("twin", "n1", 2, id: "t2");

        Assert.Equal(["10.0.0.1"], _dns.Ask("twin.service.konsul", Message.A).Sorted);
        Assert.Equal(["1 1 1 n1.node.dc1.konsul.", "1 1 2 n1.node.dc1.konsul."], _dns.Ask("twin.service.konsul", Message.Srv).Sorted);
        Assert.Single(_dns.Ask("twin.service.konsul", Message.Srv).Additional);
    }

    [Fact]
    public void A_AfterAChange_AnswersAnew()
    {
        Assert.Equal(3, _dns.Ask("late.service.konsul", Message.A).Code);
        _dns.Service("late", "n1", address: "10.0.7.1", status: CheckStatus.Passing);
        Assert.Equal(["10.0.7.1"], _dns.Ask("late.service.konsul", Message.A).Sorted);

        _dns.Do(new UpdateChecks { Updates = [new CheckUpdate { Node = "n1", CheckId = "c-late", Status = CheckStatus.Critical }] });
        Assert.Equal(3, _dns.Ask("late.service.konsul", Message.A).Code);

        _dns.Do(new UpdateChecks { Updates = [new CheckUpdate { Node = "n1", CheckId = "c-late", Status = CheckStatus.Passing }] });
        Assert.Equal(["10.0.7.1"], _dns.Ask("late.service.konsul", Message.A).Sorted);

        _dns.Do(new Deregister { Node = "n1", ServiceIds = ["late"] });
        Assert.Equal(3, _dns.Ask("late.service.konsul", Message.A).Code);
        Assert.Equal(3, _dns.Ask("late.connect.konsul", Message.A).Code);
        _dns.Sidecar("late", "n2", 21001);
        Assert.Equal(["10.0.0.2"], _dns.Ask("late.connect.konsul", Message.A).Sorted);
        Assert.Equal(["N1.node.DC1.konsul."], [_dns.Ask("N1.node.DC1.konsul", Message.A).Answers[0].Name]);
        _dns.Node("n1", "10.0.9.9");
        Assert.Equal(["10.0.9.9"], _dns.Ask("n1.node.konsul", Message.A).Sorted);
    }

    [Theory]
    [InlineData("api", 5)]
    [InlineData("API", 5)]
    [InlineData("web", 0)]
    [InlineData("pay-in", 7)]
    [InlineData("pay-out-x", 9)]
    public void Ttl_ByServiceAndPrefix_TheLongestWins(string service, int seconds)
    {
        var ttls = new Konsul.Mesh.Dns.Answers.ServiceTtls(ImmutableDictionary.CreateRange(
        [
            new KeyValuePair<string, TimeSpan>("api", TimeSpan.FromSeconds(5)), new("pay-*", TimeSpan.FromSeconds(7)), new("pay-out*", TimeSpan.FromSeconds(9)),
        ]));

        Assert.Equal(TimeSpan.FromSeconds(seconds), ttls.Of(service));
    }

    [Fact]
    public void Query_OfASource_AnswersInItsOrderAndPlace()
    {
        var dns = new DnsFixture(sources: new OneQuery());

        var srv = dns.Ask("near.query.konsul", Message.Srv);
        var a = dns.Ask("_near._tcp.query.dc1.konsul", Message.A);

        Assert.Equal(["1 4 81 0a090001.addr.dc9.konsul.", "1 4 82 far.node.dc9.konsul."], srv.Answers.Select(r => r.Data));
        Assert.All(srv.Answers, r => Assert.Equal(11u, r.Ttl));
        Assert.Equal(["10.9.0.1", "10.9.0.2"], a.Answers.Select(r => r.Data));
        Assert.Equal(3, dns.Ask("unknown.query.konsul", Message.A).Code);
    }

    [Fact]
    public void Zones_Refused_TellNothing()
    {
        var dns = new DnsFixture(o => o with { RefuseZones = true });
        dns.Node("n1", "10.0.0.1");

        Assert.Equal((5, 0), (dns.Ask("n1.node.konsul", Message.A).Code, dns.Ask("n1.node.konsul", Message.A).Answers.Count));
        Assert.Equal(5, dns.Ask("1.0.0.10.in-addr.arpa", Message.Ptr).Code);
    }

    private sealed class OneQuery : CatalogSources
    {
        public override DnsQueryResult? Query(State.StateView view, string name)
        {
            if (name != "near")
                return null;
            var near = new ServiceInstance { Node = "far", Id = "a", Name = "db", Address = "10.9.0.1", Port = 81 };
            var node = new Node { Name = "far", Address = "10.9.0.2" };
            return new DnsQueryResult(
                [new DnsEndpoint(node, near, 4), new DnsEndpoint(node, near with { Id = "b", Address = "", Port = 82 }, 4)], "dc9", TimeSpan.FromSeconds(11), KeepOrder: true);
        }
    }
}
