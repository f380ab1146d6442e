using System.Net;

namespace Konsul.Mesh.Server.Tests.Functional;

public sealed class ConfigTests
{
    private const string Http = """{"Kind":"service-defaults","Name":"web","Protocol":"http"}""";

    [Fact]
    public async Task Entry_PutGetListDelete_WorksAsConsuls()
    {
        await using var server = await TestServer.StartAsync();

        Assert.Equal("true", (await server.PutAsync("/v1/config", """{"kind":"service-resolver","name":"web","subsets":{"v1":{"filter":"Service.Meta.v == 1"}},"connect_timeout":"3s"}""")).Text);
        var one = await server.GetAsync("/v1/config/service-resolver/web");
        var list = await server.GetAsync("/v1/config/service-resolver");
        var filtered = await server.GetAsync("/v1/config/service-resolver?filter=Name+%3D%3D+other");

        Assert.Equal(("service-resolver", "web", "3s"), (one.Json.GetProperty("Kind").GetString(), one.Json.GetProperty("Name").GetString(), one.Json.GetProperty("ConnectTimeout").GetString()));
        Assert.Equal(one.Index, one.Json.GetProperty("ModifyIndex").GetUInt64());
        Assert.Equal(1, list.Json.GetArrayLength());
        Assert.Equal("[]", filtered.Text);
        Assert.Equal("[]", (await server.GetAsync("/v1/config/mesh")).Text);
        Assert.Equal("{}", (await server.SendAsync("DELETE", "/v1/config/service-resolver/web")).Text);
        Assert.Equal("{}", (await server.SendAsync("DELETE", "/v1/config/service-resolver/web")).Text);
        var gone = await server.GetAsync("/v1/config/service-resolver/web");
        Assert.Equal((HttpStatusCode.NotFound, "Config entry not found for \"service-resolver\" / \"web\""), (gone.Status, gone.Text));
        Assert.True(gone.Index > one.Index);
    }

    [Fact]
    public async Task Cas_LostAndHeld_AnswersTheTruth()
    {
        await using var server = await TestServer.StartAsync();

        Assert.Equal("false", (await server.PutAsync("/v1/config?cas=5", Http)).Text);
        Assert.Equal("true", (await server.PutAsync("/v1/config?cas=0", Http)).Text);
        var index = (await server.GetAsync("/v1/config/service-defaults/web")).Index;
        Assert.Equal("false", (await server.SendAsync("DELETE", $"/v1/config/service-defaults/web?cas={index + 1}")).Text);
        Assert.Equal("true", (await server.SendAsync("DELETE", $"/v1/config/service-defaults/web?cas={index}")).Text);
        Assert.Equal(HttpStatusCode.BadRequest, (await server.PutAsync("/v1/config?cas=x", Http)).Status);
    }

    [Theory]
    [InlineData("", "Request decoding failed: EOF")]
    [InlineData("{}", "Request decoding failed: Payload does not contain a kind/Kind key at the top level")]
    [InlineData("""{"Kind":"nope"}""", "Request decoding failed: invalid config entry kind: nope")]
    [InlineData("""{"Kind":"mesh","Name":"mesh","Foo":1}""", "Request decoding failed: unknown field \"Foo\"")]
    [InlineData("""{"Kind":"service-splitter","Name":"web","Splits":[{"Weight":50}]}""", "the sum of all split weights must be 100, not 50")]
    [InlineData("""{"Kind":"service-splitter","Name":"web","Splits":[{"Weight":100}]}""", "discovery chain \"web\" uses a protocol \"tcp\" that does not permit advanced routing or splitting behavior")]
    public async Task Put_Wrong_IsRefusedWithASentence(string body, string text)
    {
        await using var server = await TestServer.StartAsync();

        var reply = await server.PutAsync("/v1/config", body);

        Assert.Equal((HttpStatusCode.BadRequest, text), (reply.Status, reply.Text));
    }

    [Theory]
    [InlineData("GET", "/v1/config/", "Must provide either a kind or both kind and name")]
    [InlineData("GET", "/v1/config/nope", "invalid config entry kind: nope")]
    [InlineData("DELETE", "/v1/config/mesh", "Must provide both a kind and name to delete")]
    public async Task Path_Wrong_IsRefused(string method, string path, string text)
    {
        await using var server = await TestServer.StartAsync();

        var reply = await server.SendAsync(method, path);

        Assert.Equal((HttpStatusCode.BadRequest, text), (reply.Status, reply.Text));
    }

    [Fact]
    public async Task Get_Blocking_WakesForItsOwnEntryOnly()
    {
        await using var server = await TestServer.StartAsync();
        await server.MustPutAsync("/v1/config", Http);
        var index = (await server.GetAsync("/v1/config/service-defaults/web")).Index;
        var waiting = server.GetAsync($"/v1/config/service-defaults/web?index={index}&wait=60s");
        await server.UntilWaitingAsync(1);

        await server.MustPutAsync("/v1/config", """{"Kind":"service-defaults","Name":"api","Protocol":"http"}""");
        Assert.False(waiting.IsCompleted);
        await server.MustPutAsync("/v1/config", """{"Kind":"service-defaults","Name":"web","Protocol":"grpc"}""");

        Assert.Equal("grpc", (await waiting).Json.GetProperty("Protocol").GetString());
    }

    [Fact]
    public async Task Intentions_BothFaces_AreOneThing()
    {
        await using var server = await TestServer.StartAsync();
        await server.MustPutAsync("/v1/config", """{"Kind":"service-defaults","Name":"api","Protocol":"http"}""");
        await server.MustPutAsync("/v1/connect/intentions/exact?source=*&destination=api", """{"Action":"deny"}""");

        await server.MustPutAsync("/v1/config", """
            {"Kind":"service-intentions","Name":"api","Sources":[{"Name":"web","Permissions":[{"Action":"allow","HTTP":{"PathPrefix":"/public"}}]},{"Name":"*","Action":"deny"}]}
            """);

        var exact = (await server.GetAsync("/v1/connect/intentions/exact?source=web&destination=api")).Json;
        Assert.False(exact.TryGetProperty("Action", out _));
        Assert.Equal("/public", exact.GetProperty("Permissions")[0].GetProperty("HTTP").GetProperty("PathPrefix").GetString());
        Assert.Equal("""{"Allowed":false}""", (await server.GetAsync("/v1/connect/intentions/check?source=web&destination=api")).Text);
        await server.MustPutAsync("/v1/connect/intentions/exact?source=web&destination=api", """{"Permissions":[{"Action":"allow","HTTP":{"Methods":["GET"]}}]}""");
        var entry = (await server.GetAsync("/v1/config/service-intentions/api")).Json;
        Assert.Equal(["*", "web"], entry.GetProperty("Sources").EnumerateArray().Select(s => s.GetProperty("Name").GetString()));
        Assert.Equal("GET", entry.GetProperty("Sources")[1].GetProperty("Permissions")[0].GetProperty("HTTP").GetProperty("Methods")[0].GetString());
        Assert.Equal("{}", (await server.SendAsync("DELETE", "/v1/config/service-intentions/api")).Text);
        Assert.Equal("[]", (await server.GetAsync("/v1/connect/intentions")).Text);
        Assert.Equal(HttpStatusCode.BadRequest, (await server.PutAsync("/v1/connect/intentions/exact?source=a&destination=b", """{"Permissions":[{"Action":"x"}]}""")).Status);
    }

    [Fact]
    public async Task Entries_AfterARestart_AreThere()
    {
        var directory = TestServer.NewDirectory();
        await using (var server = await TestServer.StartAsync(directory: directory))
        {
            await server.MustPutAsync("/v1/config", Http);
            await server.MustPutAsync("/v1/config", """{"Kind":"service-intentions","Name":"api","Sources":[{"Name":"web","Action":"allow"}]}""");
            await server.Server.SnapshotAsync();
            await server.MustPutAsync("/v1/config", """{"Kind":"proxy-defaults","Name":"global","Config":{"protocol":"http"}}""");
        }

        await using var again = await TestServer.StartAsync(directory: directory);

        Assert.Equal("http", (await again.GetAsync("/v1/config/service-defaults/web")).Json.GetProperty("Protocol").GetString());
        Assert.Equal("http", (await again.GetAsync("/v1/config/proxy-defaults/global")).Json.GetProperty("Config").GetProperty("protocol").GetString());
        Assert.Equal("web", (await again.GetAsync("/v1/config/service-intentions/api")).Json.GetProperty("Sources")[0].GetProperty("Name").GetString());
    }

    [Fact]
    public async Task Chain_GetAndPost_FollowEntriesAndOverrides()
    {
        await using var server = await TestServer.StartAsync();
        var before = await server.GetAsync("/v1/discovery-chain/web");
        Assert.True(before.Json.GetProperty("Chain").GetProperty("Default").GetBoolean());
        var waiting = server.GetAsync($"/v1/discovery-chain/web?index={before.Index}&wait=60s");
        await server.UntilWaitingAsync(1);

        await server.MustPutAsync("/v1/config", Http);
        var chain = (await waiting).Json.GetProperty("Chain");
        var overridden = (await server.SendAsync("POST", "/v1/discovery-chain/web", """{"OverrideProtocol":"grpc","OverrideConnectTimeout":"7s","OverrideMeshGateway":{"Mode":"local"}}""")).Json.GetProperty("Chain");

        Assert.Equal("http", chain.GetProperty("Protocol").GetString());
        Assert.Equal("grpc", overridden.GetProperty("Protocol").GetString());
        var target = overridden.GetProperty("Targets").GetProperty("web.default.default.dc1");
        Assert.Equal(("7s", "local"), (target.GetProperty("ConnectTimeout").GetString(), target.GetProperty("MeshGateway").GetProperty("Mode").GetString()));
        Assert.EndsWith(".konsul", target.GetProperty("SNI").GetString());
        Assert.Equal(HttpStatusCode.BadRequest, (await server.SendAsync("POST", "/v1/discovery-chain/web", """{"OverrideProtocol":"x"}""")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await server.GetAsync("/v1/discovery-chain/")).Status);
    }
}
