using Konsul.Mesh.Dns.Naming;
using Konsul.Mesh.Dns.Wire;

namespace Konsul.Mesh.Dns.Tests.Naming;

public sealed class NameParserTests
{
    /// <summary>Name below the zone; kind; name; tag; place.</summary>
    public static TheoryData<string, string> Cases => new()
    {
        { "", "Apex" },
        { "ns", "NameServer" },
        { "service", "Branch" },
        { "node", "Branch" },
        { "service.dc1", "Branch dc=dc1" },
        { "dc1", "Branch dc=dc1" },
        { "dc", "Branch" },
        { "dc1.dc", "Branch dc=dc1" },
        { "ns.dc1.dc", "Branch dc=dc1" },
        { "api.service", "Service api" },
        { "api.service.dc1", "Service api dc=dc1" },
        { "api.service.dc1.dc", "Service api dc=dc1" },
        { "api.service.default.ns.default.ap.dc1.dc", "Service api dc=dc1 ns=default ap=default" },
        { "api.service.other.peer", "Service api peer=other" },
        { "v1.api.service", "Service api tag=v1" },
        { "a.b.api.service.dc2", "Service api tag=a.b dc=dc2" },
        { "_api._v1.service", "Service api tag=v1" },
        { "_api._tcp.service", "Service api" },
        { "_api._tcp.service.dc1", "Service api dc=dc1" },
        { "_tcp.service", "Branch" },
        { "_._tcp.service", "None" },
        { "node.service", "Service node" },
        { "service.service", "Service service" },
        { "web-1.node", "Node web-1" },
        { "web.example.com.node.dc1", "Node web.example.com dc=dc1" },
        { "api.connect", "Connect api" },
        { "x.api.connect", "None" },
        { "api.ingress", "Ingress api" },
        { "api.virtual", "Virtual api" },
        { "geo.db.query", "Query geo.db" },
        { "_geo._tcp.query", "Query geo" },
        { "0a000001.addr.dc1", "Address 0a000001 dc=dc1" },
        { "api.service.x.y", "None" },
        { "api.service.a.dc.b.dc", "None" },
        { "api.service.a.b.dc", "None" },
        { "nothing.here", "None" },
        { "a.b.c", "None" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Parse_Name_TakesItApart(string name, string expected)
    {
        var parsed = NameParser.Parse(name.Split('.', StringSplitOptions.RemoveEmptyEntries), RecordType.A);

        Assert.Equal(expected, Shown(parsed));
    }

    [Theory]
    [InlineData("_api._tcp", "Service api")]
    [InlineData("_api._v1.dc1", "Service api tag=v1 dc=dc1")]
    [InlineData("_tcp", "Branch dc=_tcp")]
    public void Parse_SrvWithoutServiceLabel_IsAService(string name, string expected) =>
        Assert.Equal(expected, Shown(NameParser.Parse(name.Split('.'), RecordType.Srv)));

    private static string Shown(ParsedName name) => string.Join(' ', new[]
    {
        name.Kind.ToString(),
        name.Name ?? "",
        name.Tag is { Length: > 0 } tag ? $"tag={tag}" : "",
        name.Datacenter is { } dc ? $"dc={dc}" : "",
        name.Namespace is { } ns ? $"ns={ns}" : "",
        name.Partition is { } ap ? $"ap={ap}" : "",
        name.Peer is { } peer ? $"peer={peer}" : "",
    }.Where(p => p.Length > 0));
}
