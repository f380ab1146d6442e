using System.Net;

namespace Konsul.Mesh.Server.Tests.Functional;

public sealed class IntentionTests
{
    [Fact]
    public async Task Exact_PutGetDelete_WorksAndDecides()
    {
        await using var server = await TestServer.StartAsync();
        Assert.Equal("[]", (await server.GetAsync("/v1/connect/intentions")).Text);
        Assert.Equal("""{"Allowed":true}""", (await server.GetAsync("/v1/connect/intentions/check?source=web&destination=api")).Text);

        var put = await server.PutAsync("/v1/connect/intentions/exact?source=web&destination=default/api", """{"Action":"deny","Description":"no","Meta":{"by":"me"}}""");

        Assert.Equal("true", put.Text);
        var one = (await server.GetAsync("/v1/connect/intentions/exact?source=web&destination=api")).Json;
        Assert.Equal(("web", "api", "deny", 9, "no", "me"), (one.GetProperty("SourceName").GetString(), one.GetProperty("DestinationName").GetString(),
            one.GetProperty("Action").GetString(), one.GetProperty("Precedence").GetInt32(), one.GetProperty("Description").GetString(), one.GetProperty("Meta").GetProperty("by").GetString()));
        Assert.Equal("""{"Allowed":false}""", (await server.GetAsync("/v1/connect/intentions/check?source=web&destination=api")).Text);
        Assert.Equal("true", (await server.SendAsync("DELETE", "/v1/connect/intentions/exact?source=web&destination=api")).Text);
        Assert.Equal("""{"Allowed":true}""", (await server.GetAsync("/v1/connect/intentions/check?source=web&destination=api")).Text);
    }

    [Fact]
    public async Task Create_Twice_IsRefusedAsDuplicate()
    {
        await using var server = await TestServer.StartAsync();
        const string Body = """{"SourceName":"*","DestinationName":"api","Action":"allow","SourceType":"consul"}""";

        var created = await server.SendAsync("POST", "/v1/connect/intentions", Body);
        var again = await server.SendAsync("POST", "/v1/connect/intentions", Body);

        var id = created.Json.GetProperty("ID").GetString();
        Assert.Equal((500, "duplicate intention found: * to api"), ((int)again.Status, again.Text));
        Assert.Equal(8, (await server.GetAsync($"/v1/connect/intentions/{id}")).Json.GetProperty("Precedence").GetInt32());
        await server.MustPutAsync($"/v1/connect/intentions/{id}", """{"Action":"deny"}""");
        Assert.Equal("deny", (await server.GetAsync($"/v1/connect/intentions/{id}")).Json.GetProperty("Action").GetString());
        Assert.Equal("true", (await server.SendAsync("DELETE", $"/v1/connect/intentions/{id}")).Text);
        Assert.Equal(HttpStatusCode.NotFound, (await server.GetAsync($"/v1/connect/intentions/{id}")).Status);
    }

    [Fact]
    public async Task Match_ByDestination_ListsByPrecedence()
    {
        await using var server = await TestServer.StartAsync();
        await server.MustPutAsync("/v1/connect/intentions/exact?source=*&destination=*", """{"Action":"deny"}""");
        await server.MustPutAsync("/v1/connect/intentions/exact?source=web&destination=api", """{"Action":"allow"}""");
        await server.MustPutAsync("/v1/connect/intentions/exact?source=web&destination=db", """{"Action":"allow"}""");

        var byDestination = (await server.GetAsync("/v1/connect/intentions/match?by=destination&name=api&name=none")).Json;
        var bySource = (await server.GetAsync("/v1/connect/intentions/match?by=source&name=web")).Json;

        Assert.Equal([9, 5], byDestination.GetProperty("api").EnumerateArray().Select(i => i.GetProperty("Precedence").GetInt32()));
        Assert.Single(byDestination.GetProperty("none").EnumerateArray());
        Assert.Equal(3, bySource.GetProperty("web").GetArrayLength());
    }
}
