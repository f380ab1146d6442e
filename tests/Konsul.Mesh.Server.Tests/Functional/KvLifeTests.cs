using System.Net;
using Konsul.Mesh.TestKit;

namespace Konsul.Mesh.Server.Tests.Functional;

/// <summary>What keys have beyond Consul: a life, versions, namespaces.</summary>
public sealed class KvLifeTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private TestServer Server => shared.Server;

    [Fact]
    public async Task Ttl_NotWrittenInTime_IsDeletedForAllToSee()
    {
        var time = new ManualTimeProvider();
        await using var server = await TestServer.StartAsync(time);
        await server.MustPutAsync("/v1/kv/beat?ttl=30s", "1");
        Assert.Contains("\"TTL\":\"30s\"", (await server.GetAsync("/v1/kv/beat")).Text, StringComparison.Ordinal);
        time.Advance(TimeSpan.FromSeconds(29));
        await server.MustPutAsync("/v1/kv/beat?ttl=30s", "1");
        time.Advance(TimeSpan.FromSeconds(29));
        var index = (await server.GetAsync("/v1/kv/beat")).Index;
        var waiting = server.GetAsync($"/v1/kv/beat?index={index}&wait=600s");
        await server.UntilWaitingAsync(1);

        time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(HttpStatusCode.NotFound, (await waiting).Status);
        Assert.Equal(0, server.Server.Deadlines);
    }

    [Fact]
    public async Task Versions_ReadAndRolledBack()
    {
        foreach (var value in (string[])["one", "two", "three"])
            await Server.MustPutAsync("/v1/kv/conf?flags=9", value);

        var versions = (await Server.GetAsync("/v1/kv/conf?versions")).Json;
        Assert.Equal([3, 2, 1], versions.EnumerateArray().Select(v => v.GetProperty("Version").GetInt32()));
        Assert.Equal("one", (await Server.GetAsync("/v1/kv/conf?version=1&raw")).Text);
        Assert.Equal(HttpStatusCode.NotFound, (await Server.GetAsync("/v1/kv/conf?version=7")).Status);

        Assert.Equal("true", (await Server.PutAsync("/v1/kv/conf?rollback=1")).Text);

        Assert.Equal("one", (await Server.GetAsync("/v1/kv/conf?raw")).Text);
        Assert.Equal(4, (await Server.GetAsync("/v1/kv/conf?versions")).Json[0].GetProperty("Version").GetInt32());
        Assert.Equal(9, (await Server.GetAsync("/v1/kv/conf")).Json[0].GetProperty("Flags").GetInt32());
        Assert.Equal(HttpStatusCode.NotFound, (await Server.GetAsync("/v1/kv/never?versions")).Status);
    }

    [Fact]
    public async Task Namespaces_ByQueryAndHeader_ShareNothing()
    {
        await Server.MustPutAsync("/v1/kv/iso/a", "default");
        await Server.MustPutAsync("/v1/kv/iso/a?ns=prod", "prod");
        await Server.SendAsync("PUT", "/v1/kv/iso/b", "prod too", ("X-Consul-Namespace", "prod"));

        Assert.Equal("default", (await Server.GetAsync("/v1/kv/iso/a?raw&ns=default")).Text);
        Assert.Equal("prod", (await Server.SendAsync("GET", "/v1/kv/iso/a?raw", null, ("X-Consul-Namespace", "prod"))).Text);
        Assert.Equal("[\"iso/a\"]", (await Server.GetAsync("/v1/kv/iso/?keys")).Text);
        Assert.Equal("[\"iso/a\",\"iso/b\"]", (await Server.GetAsync("/v1/kv/?keys&ns=prod")).Text);
        Assert.Contains("\"Key\":\"iso/a\"", (await Server.GetAsync("/v1/kv/iso/a?ns=prod")).Text, StringComparison.Ordinal);
        Assert.Contains("\"Namespace\":\"prod\"", (await Server.GetAsync("/v1/kv/iso/a?ns=prod")).Text, StringComparison.Ordinal);
        Assert.Equal("[]", (await Server.GetAsync("/v1/kv/?keys&ns=staging")).Text);
        await Server.SendAsync("DELETE", "/v1/kv/?recurse&ns=prod");
        Assert.Equal("default", (await Server.GetAsync("/v1/kv/iso/a?raw")).Text);
        Assert.Equal("[]", (await Server.GetAsync("/v1/kv/?keys&ns=prod")).Text);
    }

    [Theory]
    [InlineData("/v1/kv/a?ns=te%20am", "Invalid namespace: \"te am\" may hold only letters, digits, '-', '_' and '.'")]
    [InlineData("/v1/kv/a?ns=*", "Invalid namespace: \"*\" may hold only letters, digits, '-', '_' and '.'")]
    [InlineData("/v1/kv/a?ns=%00x", "Invalid namespace: \"?x\" may hold only letters, digits, '-', '_' and '.'")]
    [InlineData("/v1/catalog/nodes?ns=team", "Invalid query parameter: \"ns\" - Namespaces other than \"default\" do not exist here")]
    public async Task Namespace_Bad_IsRefused(string path, string text)
    {
        var reply = await Server.GetAsync(path);

        Assert.Equal((HttpStatusCode.BadRequest, text), (reply.Status, reply.Text));
    }
}
