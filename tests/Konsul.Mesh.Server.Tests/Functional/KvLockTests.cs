using System.Net;

namespace Konsul.Mesh.Server.Tests.Functional;

public sealed class KvLockTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private TestServer Server => shared.Server;

    [Fact]
    public async Task AcquireAndRelease_TwoSessions_OneHoldsAtATime()
    {
        var (a, b) = (await SessionTests.CreateAsync(Server, ""), await SessionTests.CreateAsync(Server, ""));

        Assert.Equal("true", (await Server.PutAsync($"/v1/kv/lock?acquire={a}&flags=7", "a")).Text);
        Assert.Equal("false", (await Server.PutAsync($"/v1/kv/lock?acquire={b}", "b")).Text);
        Assert.Equal("true", (await Server.PutAsync($"/v1/kv/lock?acquire={a}", "a2")).Text);
        Assert.Equal("false", (await Server.PutAsync($"/v1/kv/lock?release={b}", "b")).Text);
        var held = (await Server.GetAsync("/v1/kv/lock")).Json[0];
        Assert.Equal((1UL, a), (held.GetProperty("LockIndex").GetUInt64(), held.GetProperty("Session").GetString()));
        Assert.Equal("true", (await Server.PutAsync($"/v1/kv/lock?release={a}", "free")).Text);
        Assert.Equal("true", (await Server.PutAsync($"/v1/kv/lock?acquire={b}", "b")).Text);
        Assert.Equal(2UL, (await Server.GetAsync("/v1/kv/lock")).Json[0].GetProperty("LockIndex").GetUInt64());
    }

    [Theory]
    [InlineData("acquire=ghost", 500, "invalid session \"ghost\"")]
    [InlineData("acquire=", 500, "missing session")]
    [InlineData("release=", 500, "missing session")]
    [InlineData("acquire=a&release=b", 400, "Conflicting flags: acquire and release")]
    [InlineData("acquire=a&cas=1", 400, "Conflicting flags: acquire and cas")]
    [InlineData("rollback=1&cas=1", 400, "Conflicting flags: cas and rollback")]
    [InlineData("acquire=a&ttl=10s", 400, "Conflicting flags: ttl goes with a plain write or with cas")]
    [InlineData("ttl=10", 400, "Invalid ttl value \"10\": not a duration from 1s to 87600h")]
    [InlineData("ttl=1ms", 400, "Invalid ttl value \"1ms\": not a duration from 1s to 87600h")]
    [InlineData("flags=-1", 500, "Invalid flags value \"-1\": not a number from 0 to 18446744073709551615")]
    [InlineData("rollback=1", 404, "Version 1 of the key is not kept")]
    public async Task Put_BadParameters_AreRefused(string query, int status, string text)
    {
        var reply = await Server.PutAsync($"/v1/kv/bad?{query}", "v");

        Assert.Equal((status, text), ((int)reply.Status, reply.Text));
        Assert.Equal(HttpStatusCode.NotFound, (await Server.GetAsync("/v1/kv/bad")).Status);
    }

    [Fact]
    public async Task Get_BlockingOnAPrefix_WakesWhenTheSessionThatHoldsAKeyEnds()
    {
        var id = await SessionTests.CreateAsync(Server, "");
        await Server.MustPutAsync($"/v1/kv/wake/lock?acquire={id}", "v");
        var index = (await Server.GetAsync("/v1/kv/wake/?recurse")).Index;
        var waiting = Server.GetAsync($"/v1/kv/wake/?recurse&index={index}&wait=60s");
        await Server.UntilWaitingAsync(1);

        await Server.MustPutAsync($"/v1/session/destroy/{id}");

        var reply = await waiting;
        Assert.True(reply.Index > index);
        Assert.False(reply.Json[0].TryGetProperty("Session", out _));
    }
}
