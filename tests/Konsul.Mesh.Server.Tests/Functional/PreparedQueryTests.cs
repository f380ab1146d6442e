using System.Net;

namespace Konsul.Mesh.Server.Tests.Functional;

public sealed class PreparedQueryTests
{
    [Fact]
    public async Task Query_CreateExecuteUpdateDelete_WorksAsConsuls()
    {
        await using var server = await TestServer.StartAsync();
        await server.MustPutAsync("/v1/catalog/register", """{"Node":"n1","Address":"10.0.0.1","Service":{"ID":"api-1","Service":"api","Port":80,"Tags":["v1"]}}""");

        var created = await server.SendAsync("POST", "/v1/query", """{"Name":"my-api","Service":{"Service":"api","Tags":["v1","!v2"]},"DNS":{"TTL":"10s"}}""");
        var id = created.Json.GetProperty("ID").GetString();
        var byName = (await server.GetAsync("/v1/query/MY-api/execute")).Json;
        var byId = (await server.GetAsync($"/v1/query/{id}/execute?limit=0")).Json;

        Assert.Equal(("api", "10s", "dc1", 0), (byName.GetProperty("Service").GetString(), byName.GetProperty("DNS").GetProperty("TTL").GetString(),
            byName.GetProperty("Datacenter").GetString(), byName.GetProperty("Failovers").GetInt32()));
        Assert.Equal("api-1", byName.GetProperty("Nodes")[0].GetProperty("Service").GetProperty("ID").GetString());
        Assert.Equal(1, byId.GetProperty("Nodes").GetArrayLength());
        Assert.Equal("my-api", (await server.GetAsync($"/v1/query/{id}")).Json[0].GetProperty("Name").GetString());
        Assert.Equal("", (await server.MustPutAsync($"/v1/query/{id}", """{"Name":"my-api","Service":{"Service":"other"}}""")).Text);
        Assert.Equal("other", (await server.GetAsync("/v1/query")).Json[0].GetProperty("Service").GetProperty("Service").GetString());
        Assert.Equal(HttpStatusCode.OK, (await server.SendAsync("DELETE", $"/v1/query/{id}")).Status);
        var gone = await server.GetAsync($"/v1/query/{id}");
        Assert.Equal((HttpStatusCode.NotFound, "Query not found"), (gone.Status, gone.Text));
        Assert.Equal(HttpStatusCode.NotFound, (await server.GetAsync("/v1/query/my-api/execute")).Status);
        Assert.Equal("[]", (await server.GetAsync("/v1/query")).Text);
    }

    [Fact]
    public async Task Explain_Template_ShowsItFilled()
    {
        await using var server = await TestServer.StartAsync();
        await server.SendAsync("POST", "/v1/query", """
            {"Name":"geo-","Template":{"Type":"name_prefix_match","Regexp":"^geo-(.*?)-([^-]+?)$"},"Service":{"Service":"${match(1)}","Tags":["${match(2)}"]}}
            """);

        var query = (await server.GetAsync("/v1/query/geo-db-primary/explain")).Json.GetProperty("Query").GetProperty("Service");

        Assert.Equal(("db", "primary"), (query.GetProperty("Service").GetString(), query.GetProperty("Tags")[0].GetString()));
        Assert.Equal("db", (await server.GetAsync("/v1/query/geo-db-primary/execute")).Json.GetProperty("Service").GetString());
    }

    [Theory]
    [InlineData("{}", "Must provide a Service name to query")]
    [InlineData("{", "Request decode failed: invalid JSON at line 1, byte 1")]
    [InlineData("""{"Service":{"Service":"a"},"Template":{"Type":"name_prefix_match","Regexp":"(?<=x)"}}""", "needs backtracking")]
    public async Task Create_Wrong_IsRefusedWithASentence(string body, string sentence)
    {
        await using var server = await TestServer.StartAsync();

        var reply = await server.SendAsync("POST", "/v1/query", body);

        Assert.Equal(HttpStatusCode.BadRequest, reply.Status);
        Assert.Contains(sentence, reply.Text, StringComparison.Ordinal);
    }
}
