namespace Konsul.Mesh.Server.Tests.Functional;

/// <summary>Lists: filters on all of them, what the web UI asks for, and the cache's headers.</summary>
public sealed class ListTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private TestServer Server => shared.Server;

    public static TheoryData<string, string, string> Refusals => new()
    {
        { "/v1/catalog/nodes", "Nod == a", "Selector \"Nod\" is not valid" },
        { "/v1/catalog/service/l1", "ServiceTags == a", "Invalid match operator \"Equal\" for selector \"ServiceTags\"" },
        { "/v1/catalog/services", "Service == a", "Selector \"Service\" is not valid" },
        { "/v1/catalog/node/node-1", "Service.Name == a", "Selector \"Service.Name\" is not valid" },
        { "/v1/catalog/node-services/node-1", "Port matches `8`", "Invalid match operator \"Matches\" for selector \"Port\"" },
        { "/v1/health/service/l1", "Checks is empty and Node.Zone == a", "Selector \"Node.Zone\" is not valid" },
        { "/v1/health/connect/l1", "Kind == a", "Selector \"Kind\" is not valid" },
        { "/v1/health/node/node-1", "a in Status2", "Selector \"Status2\" is not valid" },
        { "/v1/health/checks/l1", "Definition == a", "Invalid match operator \"Equal\" for selector \"Definition\"" },
        { "/v1/health/state/any", "Node.Name == a", "Selector \"Node.Name\" is not valid" },
        { "/v1/agent/services", "Name == a", "Selector \"Name\" is not valid" },
        { "/v1/agent/checks", "ID == a", "Selector \"ID\" is not valid" },
        { "/v1/agent/members", "Node == a", "Selector \"Node\" is not valid" },
        { "/v1/internal/ui/services", "Name == a", "Selector \"Name\" is not valid" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task Filter_UnknownSelectorOrOperator_IsRefusedInConsulsWords(string path, string filter, string words)
    {
        await Server.MustPutAsync("/v1/agent/service/register", """{"Name":"l1"}""");

        var reply = await Server.GetAsync($"{path}?filter={Uri.EscapeDataString(filter)}");

        Assert.Equal((400, $"Failed to create boolean expression evaluator: {words}"), ((int)reply.Status, reply.Text));
    }

    [Fact]
    public async Task Services_FilterAndNodeMeta_CountOnlyWhatTheyTake()
    {
        await Server.MustPutAsync("/v1/catalog/register", """{"Node":"z1","Address":"10.0.0.1","NodeMeta":{"zone":"a"},"Service":{"Service":"zoned","Tags":["one"],"ID":"z"}}""");
        await Server.MustPutAsync("/v1/catalog/register", """{"Node":"z2","Address":"10.0.0.2","NodeMeta":{"zone":"b"},"Service":{"Service":"zoned","Tags":["two"],"ID":"z"}}""");

        var a = (await Server.GetAsync("/v1/catalog/services?node-meta=zone:a")).Text;
        var two = (await Server.GetAsync("/v1/catalog/services?filter=" + Uri.EscapeDataString("ServiceTags contains two"))).Text;
        var services = (await Server.GetAsync("/v1/catalog/node-services/z1?filter=" + Uri.EscapeDataString("Service != zoned"))).Json;
        var states = (await Server.GetAsync("/v1/health/state/any?node-meta=zone:a")).Text;

        Assert.Equal("""{"zoned":["one"]}""", a);
        Assert.Equal("""{"zoned":["two"]}""", two);
        Assert.Equal(0, services.GetProperty("Services").GetArrayLength());
        Assert.Equal("[]", states);
    }

    [Fact]
    public async Task Register_PiecesAlone_AreTakenAndGoAlone()
    {
        await Server.MustPutAsync("/v1/catalog/register", """{"Node":"p1","Address":"10.0.0.1","TaggedAddresses":{"wan":"1.2.3.4"},"NodeMeta":{"external-node":"true"}}""");
        await Server.MustPutAsync("/v1/catalog/register",
            """{"Node":"p1","SkipNodeUpdate":true,"Service":{"Service":"piece","Port":9,"Meta":{"a":"b"},"Weights":{"Passing":3,"Warning":2},"TaggedAddresses":{"lan":{"Address":"10.0.0.9","Port":10}}}}""");
        await Server.MustPutAsync("/v1/catalog/register", """{"Node":"p1","SkipNodeUpdate":true,"Check":{"Name":"alone","ServiceID":"piece","Status":"passing"}}""");

        var joined = (await Server.GetAsync("/v1/catalog/service/piece")).Json[0];
        Assert.Equal(("1.2.3.4", 3, "b", 10), (joined.GetProperty("TaggedAddresses").GetProperty("wan").GetString(), joined.GetProperty("ServiceWeights").GetProperty("Passing").GetInt32(),
            joined.GetProperty("ServiceMeta").GetProperty("a").GetString(), joined.GetProperty("ServiceTaggedAddresses").GetProperty("lan").GetProperty("Port").GetInt32()));
        Assert.Equal("alone", (await Server.GetAsync("/v1/health/service/piece?passing")).Json[0].GetProperty("Checks")[0].GetProperty("CheckID").GetString());

        await Server.MustPutAsync("/v1/catalog/deregister", """{"Node":"p1","CheckID":"alone"}""");
        Assert.Equal("[]", (await Server.GetAsync("/v1/health/checks/piece")).Text);
        await Server.MustPutAsync("/v1/catalog/deregister", """{"Node":"p1","ServiceID":"piece"}""");
        Assert.Equal("[]", (await Server.GetAsync("/v1/catalog/service/piece")).Text);
        await Server.MustPutAsync("/v1/catalog/deregister", """{"Node":"p1"}""");
        Assert.Equal("null", (await Server.GetAsync("/v1/catalog/node/p1")).Text);
    }

    [Fact]
    public async Task Ui_ServicesAndNodes_AreSummedUp()
    {
        await Server.MustPutAsync("/v1/agent/service/register", """{"Name":"ui","Tags":["t"],"Meta":{"external-source":"nomad"},"Check":{"TTL":"600s"},"Connect":{"SidecarService":{}}}""");

        var all = (await Server.GetAsync("/v1/internal/ui/services")).Json;
        var ui = all.EnumerateArray().Single(s => s.GetProperty("Name").GetString() == "ui");
        var node = (await Server.GetAsync("/v1/internal/ui/node/node-1")).Json;
        var usage = (await Server.GetAsync("/v1/operator/usage")).Json.GetProperty("Usage").GetProperty("dc1");

        Assert.Equal((1, 1, true, "nomad"), (ui.GetProperty("InstanceCount").GetInt32(), ui.GetProperty("ChecksCritical").GetInt32(),
            ui.GetProperty("ConnectedWithProxy").GetBoolean(), ui.GetProperty("ExternalSources")[0].GetString()));
        Assert.Contains(all.EnumerateArray(), s => s.GetProperty("Name").GetString() == "ui-sidecar-proxy" && s.GetProperty("Kind").GetString() == "connect-proxy");
        Assert.Contains(node.GetProperty("Services").EnumerateArray(), s => s.GetProperty("ID").GetString() == "ui");
        Assert.Equal("null", (await Server.GetAsync("/v1/internal/ui/node/none")).Text);
        Assert.True((await Server.GetAsync("/v1/internal/ui/nodes")).Json.GetArrayLength() > 0);
        Assert.True((await Server.GetAsync("/v1/internal/ui/catalog-overview")).Json.GetProperty("Checks")[0].GetProperty("Critical").GetInt32() > 0);
        Assert.True(usage.GetProperty("ServiceInstances").GetInt32() > 0);
    }

    [Fact]
    public async Task Cached_AskedTwice_MissesThenHits()
    {
        await Server.MustPutAsync("/v1/agent/service/register", """{"Name":"cached"}""");

        var first = await Server.GetAsync("/v1/health/service/cached?cached");
        var second = await Server.GetAsync("/v1/health/service/cached?cached");
        var insisted = await Server.SendAsync("GET", "/v1/health/service/cached?cached", null, ("Cache-Control", "no-cache"));
        var uncached = await Server.GetAsync("/v1/health/service/cached");

        Assert.Equal(("MISS", "HIT", "MISS"), (first.Headers["X-Cache"], second.Headers["X-Cache"], insisted.Headers["X-Cache"]));
        Assert.Equal("0", second.Headers["Age"]);
        Assert.False(first.Headers.ContainsKey("Age"));
        Assert.False(uncached.Headers.ContainsKey("X-Cache"));
        Assert.Equal(second.Text, uncached.Text);
    }

    [Fact]
    public async Task Ingress_GatewayWithTheServiceAsUpstream_IsFound()
    {
        await Server.MustPutAsync("/v1/agent/service/register",
            """{"Name":"edge","Kind":"ingress-gateway","Port":8443,"Proxy":{"Upstreams":[{"DestinationName":"behind","LocalBindPort":9000}]}}""");

        Assert.Equal("edge", (await Server.GetAsync("/v1/health/ingress/behind")).Json[0].GetProperty("Service").GetProperty("Service").GetString());
        Assert.Equal("[]", (await Server.GetAsync("/v1/health/ingress/other")).Text);
    }
}
