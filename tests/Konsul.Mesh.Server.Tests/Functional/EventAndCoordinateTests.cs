using System.Text;

namespace Konsul.Mesh.Server.Tests.Functional;

public sealed class EventAndCoordinateTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private TestServer Server => shared.Server;

    [Fact]
    public async Task Fire_WithFilters_IsListedWhereItIsMeant()
    {
        await Server.MustPutAsync("/v1/agent/service/register", """{"Name":"listener","Tags":["blue"]}""");

        var fired = (await Server.MustPutAsync("/v1/event/fire/deploy?service=^lis&tag=blue", "payload")).Json;
        await Server.MustPutAsync("/v1/event/fire/deploy?node=elsewhere", "not here");
        await Server.MustPutAsync("/v1/event/fire/other");

        var listed = (await Server.GetAsync("/v1/event/list?name=deploy")).Json;
        Assert.Equal((fired.GetProperty("ID").GetString(), 0UL), (listed[0].GetProperty("ID").GetString(), fired.GetProperty("LTime").GetUInt64()));
        Assert.Equal(1, listed.GetArrayLength());
        Assert.Equal("payload", Encoding.UTF8.GetString(listed[0].GetProperty("Payload").GetBytesFromBase64()));
        Assert.Equal(400, (int)(await Server.PutAsync("/v1/event/fire/x?node=(")).Status);
        Assert.Equal(400, (int)(await Server.PutAsync("/v1/event/fire/x?tag=a")).Status);
        Assert.Equal((400, "Missing name"), ((int)(await Server.PutAsync("/v1/event/fire/")).Status, (await Server.PutAsync("/v1/event/fire/")).Text));
    }

    [Fact]
    public async Task List_Blocking_WakesForAnEventAndKeepsTheNewest256()
    {
        await using var server = await TestServer.StartAsync();
        var index = (await server.GetAsync("/v1/event/list")).Index;
        await server.MustPutAsync("/v1/event/fire/first");
        var after = (await server.GetAsync("/v1/event/list")).Index;
        var waiting = server.GetAsync($"/v1/event/list?index={after}&wait=60s");
        await server.UntilWaitingAsync(1);
        await server.MustPutAsync("/v1/event/fire/second");

        Assert.True(after > index);
        Assert.Equal(2, (await waiting).Json.GetArrayLength());
        for (var i = 0; i < 256; i++)
            await server.MustPutAsync("/v1/event/fire/many");
        var kept = (await server.GetAsync("/v1/event/list")).Json.EnumerateArray().ToList();
        Assert.Equal((256, "many", 258UL), (kept.Count, kept[0].GetProperty("Name").GetString(), kept[^1].GetProperty("LTime").GetUInt64()));
    }

    [Fact]
    public async Task Coordinates_Written_SortByNearness()
    {
        foreach (var (node, seconds) in ((string, string)[])[("far", "0.5"), ("mid", "0.2"), ("here", "0")])
        {
            await Server.MustPutAsync("/v1/catalog/register", $$$"""{"Node":"{{{node}}}","Address":"10.0.0.1","Service":{"Service":"spread","ID":"{{{node}}}"}}""");
            await Server.MustPutAsync("/v1/coordinate/update", $$$"""{"Node":"{{{node}}}","Coord":{"Vec":[{{{seconds}}},0,0,0,0,0,0,0],"Error":1.5,"Height":0.00001}}""");
        }

        await Server.MustPutAsync("/v1/catalog/register", """{"Node":"lost","Address":"10.0.0.1","Service":{"Service":"spread","ID":"lost"}}""");

        var near = await Server.GetAsync("/v1/catalog/service/spread?near=here");
        var health = await Server.GetAsync("/v1/health/service/spread?near=far");
        var nodes = (await Server.GetAsync("/v1/coordinate/nodes")).Json;

        Assert.Equal(["here", "mid", "far", "lost"], near.Json.EnumerateArray().Select(e => e.GetProperty("Node").GetString()));
        Assert.Equal(["far", "mid", "here", "lost"], health.Json.EnumerateArray().Select(e => e.GetProperty("Node").GetProperty("Node").GetString()));
        Assert.Contains(nodes.EnumerateArray(), n => n.GetProperty("Node").GetString() == "node-1");
        Assert.Equal(0.2, (await Server.GetAsync("/v1/coordinate/node/mid")).Json[0].GetProperty("Coord").GetProperty("Vec")[0].GetDouble());
        Assert.Equal(404, (int)(await Server.GetAsync("/v1/coordinate/node/none")).Status);
        Assert.Equal("dc1", (await Server.GetAsync("/v1/coordinate/datacenters")).Json[0].GetProperty("Datacenter").GetString());
        Assert.Equal(400, (int)(await Server.PutAsync("/v1/coordinate/update", """{"Node":"mid","Coord":{"Vec":[1]}}""")).Status);
        await Server.MustPutAsync("/v1/catalog/deregister", """{"Node":"mid"}""");
        Assert.Equal(404, (int)(await Server.GetAsync("/v1/coordinate/node/mid")).Status);
    }
}
