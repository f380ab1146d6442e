using System.Net;
using System.Text.Json;
using Konsul.Mesh.TestKit;

namespace Konsul.Mesh.Server.Tests.Functional;

public sealed class SessionTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private TestServer Server => shared.Server;

    [Fact]
    public async Task Create_EmptyBody_HasConsulsDefaults()
    {
        var id = await CreateAsync(Server, "");

        var session = (await Server.GetAsync($"/v1/session/info/{id}")).Json[0];

        Assert.Equal(
            $$"""{"ID":"{{id}}","Name":"","Node":"node-1","LockDelay":15000000000,"Behavior":"release","TTL":"","NodeChecks":["serfHealth"],"ServiceChecks":null,""",
            session.GetRawText()[..session.GetRawText().IndexOf("\"CreateIndex", StringComparison.Ordinal)]);
    }

    /// <summary>As Patroni and python-consul write it: lower case, fractions, a list of checks that is empty.</summary>
    [Theory]
    [InlineData("""{"name":"n","checks":[],"lockdelay":"0.001s","behavior":"delete","ttl":"15.0s","unknown":{"a":[1]}}""", "\"LockDelay\":1000000,\"Behavior\":\"delete\",\"TTL\":\"15s\",\"NodeChecks\":[]")]
    [InlineData("""{"LockDelay":7}""", "\"LockDelay\":7000000000,")]
    [InlineData("""{"LockDelay":1500000000}""", "\"LockDelay\":1500000000,")]
    [InlineData("""{"LockDelay":"3h"}""", "\"LockDelay\":60000000000,")]
    [InlineData("""{"Checks":["serfHealth"],"NodeChecks":["serfHealth"],"TTL":"1m30s"}""", "\"TTL\":\"1m30s\",\"NodeChecks\":[\"serfHealth\"]")]
    [InlineData("""{"NodeChecks":null,"TTL":"0s"}""", "\"TTL\":\"\",\"NodeChecks\":[\"serfHealth\"]")]
    public async Task Create_AsClientsWriteIt_IsUnderstood(string body, string shown)
    {
        var id = await CreateAsync(Server, body);

        Assert.Contains(shown, (await Server.GetAsync($"/v1/session/info/{id}")).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"TTL":"5s"}""", 500, "Invalid Session TTL '5000000000', must be between [10s=24h0m0s]")]
    [InlineData("""{"TTL":"25h"}""", 500, "Invalid Session TTL '90000000000000', must be between [10s=24h0m0s]")]
    [InlineData("""{"TTL":"soon"}""", 500, "Session TTL 'soon' invalid: not a duration such as \"15s\"")]
    [InlineData("""{"Behavior":"explode"}""", 500, "Invalid Behavior setting 'explode'")]
    [InlineData("""{"Node":"ghost"}""", 500, "Missing node registration")]
    [InlineData("""{"NodeChecks":["ghost"]}""", 500, "Missing check 'ghost' registration")]
    [InlineData("""{"Datacenter":"dc9"}""", 500, "No path to datacenter")]
    [InlineData("""{"LockDelay":-1000000000}""", 400, "Request decode failed: field \"LockDelay\": a duration must lie between 0 and 100 years")]
    [InlineData("[]", 400, "Request decode failed: want an object, got a list")]
    public async Task Create_Bad_IsRefusedInTheWordsClientsLookFor(string body, int status, string text)
    {
        var reply = await Server.PutAsync("/v1/session/create", body);

        Assert.Equal((status, text), ((int)reply.Status, reply.Text));
    }

    [Fact]
    public async Task Renew_KnownAndUnknown_AnswersTheSessionOr404()
    {
        var id = await CreateAsync(Server, """{"TTL":"30s"}""");
        var index = Server.Server.StateIndex;

        var known = await Server.PutAsync($"/v1/session/renew/{id}");
        var unknown = await Server.PutAsync("/v1/session/renew/00000000-0000-0000-0000-000000000000");

        Assert.Equal(id, known.Json[0].GetProperty("ID").GetString());
        Assert.Equal((HttpStatusCode.NotFound, "Session id '00000000-0000-0000-0000-000000000000' not found"), (unknown.Status, unknown.Text));
        Assert.Equal(index, Server.Server.StateIndex);
    }

    [Fact]
    public async Task Destroy_KnownAndUnknown_IsTrueAndLeavesEmptyLists()
    {
        var id = await CreateAsync(Server, "");
        Assert.Contains(id, (await Server.GetAsync("/v1/session/list")).Text, StringComparison.Ordinal);
        Assert.Contains(id, (await Server.GetAsync("/v1/session/node/node-1")).Text, StringComparison.Ordinal);

        Assert.Equal("true", (await Server.PutAsync($"/v1/session/destroy/{id}")).Text);
        Assert.Equal("true", (await Server.PutAsync($"/v1/session/destroy/{id}")).Text);

        Assert.Equal((HttpStatusCode.OK, "[]"), ((await Server.GetAsync($"/v1/session/info/{id}")).Status, (await Server.GetAsync($"/v1/session/info/{id}")).Text));
        Assert.Equal("[]", (await Server.GetAsync("/v1/session/node/ghost")).Text);
        Assert.Equal("Missing session", (await Server.PutAsync("/v1/session/destroy/")).Text);
    }

    [Fact]
    public async Task Info_Blocking_WakesWhenThatSessionEndsOnly()
    {
        var (id, other) = (await CreateAsync(Server, ""), await CreateAsync(Server, ""));
        var index = (await Server.GetAsync($"/v1/session/info/{id}")).Index;
        var waiting = Server.GetAsync($"/v1/session/info/{id}?index={index}&wait=60s");
        await Server.UntilWaitingAsync(1);

        await Server.MustPutAsync($"/v1/session/destroy/{other}");
        Assert.False(waiting.IsCompleted);
        await Server.MustPutAsync($"/v1/session/destroy/{id}");

        var reply = await waiting;
        Assert.Equal("[]", reply.Text);
        Assert.True(reply.Index > index);
    }

    [Fact]
    public async Task Namespaces_SessionsAndTheirLocks_AreApart()
    {
        var id = await CreateAsync(Server, "", "?ns=team");

        Assert.DoesNotContain(id, (await Server.GetAsync("/v1/session/list")).Text, StringComparison.Ordinal);
        Assert.Equal("[]", (await Server.GetAsync($"/v1/session/info/{id}")).Text);
        Assert.Contains("\"Namespace\":\"team\"", (await Server.GetAsync($"/v1/session/info/{id}?ns=team")).Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.InternalServerError, (await Server.PutAsync($"/v1/kv/ns-lock?acquire={id}")).Status);
        Assert.Equal("true", (await Server.PutAsync($"/v1/kv/ns-lock?acquire={id}&ns=team")).Text);
        Assert.Equal(HttpStatusCode.NotFound, (await Server.PutAsync($"/v1/session/renew/{id}")).Status);
        await Server.MustPutAsync($"/v1/session/destroy/{id}");
        Assert.NotEqual("[]", (await Server.GetAsync($"/v1/session/info/{id}?ns=team")).Text);
    }

    [Fact]
    public async Task Ttl_NotRenewedForTwiceTheTime_EndsAndItsLockDelayRunsOut()
    {
        var time = new ManualTimeProvider();
        await using var server = await TestServer.StartAsync(time);
        var (id, next) = (await CreateAsync(server, """{"TTL":"10s","LockDelay":"5s"}"""), await CreateAsync(server, ""));
        Assert.Equal("true", (await server.PutAsync($"/v1/kv/leader?acquire={id}", "me")).Text);
        Assert.Equal(1, server.Server.Deadlines);

        time.Advance(TimeSpan.FromSeconds(19));
        await server.MustPutAsync($"/v1/session/renew/{id}");
        time.Advance(TimeSpan.FromSeconds(19));
        Assert.Contains(id, (await server.GetAsync("/v1/session/list")).Text, StringComparison.Ordinal);
        var waiting = server.GetAsync($"/v1/kv/leader?index={(await server.GetAsync("/v1/kv/leader")).Index}&wait=600s");
        await server.UntilWaitingAsync(1);
        time.Advance(TimeSpan.FromSeconds(2));

        Assert.False((await waiting).Json[0].TryGetProperty("Session", out _));
        Assert.Equal("false", (await server.PutAsync($"/v1/kv/leader?acquire={next}", "you")).Text);
        await Eventually.HoldsAsync("the lock-delay is measured", () => Task.FromResult(server.Server.Deadlines == 1));
        time.Advance(TimeSpan.FromSeconds(6));
        await Eventually.HoldsAsync("the lock is free", async () => (await server.PutAsync($"/v1/kv/leader?acquire={next}", "you")).Text == "true");
        Assert.Equal(2UL, (await server.GetAsync("/v1/kv/leader")).Json[0].GetProperty("LockIndex").GetUInt64());
    }

    [Fact]
    public async Task Check_TurnsCritical_EndsTheSessionWithTheLock()
    {
        await Server.MustPutAsync("/v1/agent/service/register", """{"Name":"worker","Check":{"CheckID":"alive","TTL":"600s","Status":"passing"}}""");
        var id = await CreateAsync(Server, """{"NodeChecks":[],"ServiceChecks":[{"ID":"alive"}],"Behavior":"delete"}""");
        Assert.Equal("true", (await Server.PutAsync($"/v1/kv/job?acquire={id}", "worker")).Text);

        await Server.MustPutAsync("/v1/agent/check/fail/alive");

        Assert.Equal(HttpStatusCode.NotFound, (await Server.GetAsync("/v1/kv/job")).Status);
        Assert.Equal("[]", (await Server.GetAsync($"/v1/session/info/{id}")).Text);
    }

    [Fact]
    public async Task Restart_SessionsLocksAndDeadlines_AreStillThere()
    {
        var directory = TestServer.NewDirectory();
        string id;
        await using (var server = await TestServer.StartAsync(directory: directory))
        {
            id = await CreateAsync(server, """{"TTL":"600s"}""");
            await server.MustPutAsync($"/v1/kv/a?acquire={id}", "v");
            await server.MustPutAsync("/v1/kv/b?ttl=600s", "1");
            await server.MustPutAsync("/v1/kv/b?ttl=600s", "2");
            await server.Server.SnapshotAsync();
        }

        await using var again = await TestServer.StartAsync(directory: directory);

        Assert.Equal(id, (await again.GetAsync("/v1/kv/a")).Json[0].GetProperty("Session").GetString());
        Assert.Equal(2, again.Server.Deadlines);
        Assert.Equal(2, (await again.GetAsync("/v1/kv/b?versions")).Json.GetArrayLength());
        await again.MustPutAsync($"/v1/session/destroy/{id}");
        Assert.False((await again.GetAsync("/v1/kv/a")).Json[0].TryGetProperty("Session", out _));
        Directory.Delete(Path.GetDirectoryName(directory)!, recursive: true);
    }

    internal static async Task<string> CreateAsync(TestServer server, string body, string query = "")
    {
        var reply = await server.MustPutAsync($"/v1/session/create{query}", body);
        return JsonDocument.Parse(reply.Text).RootElement.GetProperty("ID").GetString()!;
    }
}
