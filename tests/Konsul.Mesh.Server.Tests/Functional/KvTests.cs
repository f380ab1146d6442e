using System.Net;

namespace Konsul.Mesh.Server.Tests.Functional;

public sealed class KvTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private TestServer Server => shared.Server;

    [Theory]
    [InlineData("enc/a%2Fb", "enc/a/b")]
    [InlineData("enc/plus+plus", "enc/plus+plus")]
    [InlineData("enc/gr%C3%BCn", "enc/grün")]
    [InlineData("enc/a%20b%3Fc", "enc/a b?c")]
    [InlineData("enc/dir/", "enc/dir/")]
    [InlineData("enc/x%2F%2Fy", "enc/x//y")]
    public async Task Put_EncodedKey_IsStoredDecodedOnce(string path, string key)
    {
        var put = await Server.PutAsync($"/v1/kv/{path}", "v");
        var get = await Server.GetAsync($"/v1/kv/{path}");

        Assert.Equal("true", put.Text);
        Assert.Equal((key, "dg=="), (get.Json[0].GetProperty("Key").GetString(), get.Json[0].GetProperty("Value").GetString()));
    }

    [Fact]
    public async Task Get_MissingKey_Is404EmptyWithAnIndex()
    {
        var reply = await Server.GetAsync("/v1/kv/missing");

        Assert.Equal((HttpStatusCode.NotFound, 0), (reply.Status, reply.Body.Length));
        Assert.True(reply.Index >= 1);
    }

    [Fact]
    public async Task Get_Raw_IsTheBytesAndSafeForBrowsers()
    {
        await Server.MustPutAsync("/v1/kv/raw", "<b>");

        var reply = await Server.GetAsync("/v1/kv/raw?raw=false");

        Assert.Equal(("<b>", "text/plain", "nosniff", "sandbox"),
            (reply.Text, reply.Headers["Content-Type"], reply.Headers["X-Content-Type-Options"], reply.Headers["Content-Security-Policy"]));
    }

    [Fact]
    public async Task Get_KeysAndRecurse_ListThePrefix()
    {
        foreach (var key in (string[])["list/a", "list/b/1", "list/b/2", "listed"])
            await Server.MustPutAsync($"/v1/kv/{key}?flags=18446744073709551615", "");

        var keys = await Server.GetAsync("/v1/kv/list/?keys&separator=/");
        var entries = await Server.GetAsync("/v1/kv/list/?recurse");
        var none = await Server.GetAsync("/v1/kv/unlisted/?keys");

        Assert.Equal("[\"list/a\",\"list/b/\"]", keys.Text);
        Assert.Equal(["list/a", "list/b/1", "list/b/2"], entries.Json.EnumerateArray().Select(e => e.GetProperty("Key").GetString()));
        Assert.Contains("\"Flags\":18446744073709551615,\"Value\":null", entries.Text, StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.NotFound, 0), (none.Status, none.Body.Length));
    }

    [Fact]
    public async Task Put_Cas_HoldsOnlyForTheSeenIndex()
    {
        var created = await Server.PutAsync("/v1/kv/cas?cas=0", "1");
        var again = await Server.PutAsync("/v1/kv/cas?cas=0", "2");
        var index = (await Server.GetAsync("/v1/kv/cas")).Json[0].GetProperty("ModifyIndex").GetUInt64();
        var seen = await Server.PutAsync($"/v1/kv/cas?cas={index}", "3");
        var deleted = await Server.SendAsync("DELETE", $"/v1/kv/cas?cas={index}");

        Assert.Equal(("true", "false", "true", "false"), (created.Text, again.Text, seen.Text, deleted.Text));
        Assert.Equal("3", (await Server.GetAsync("/v1/kv/cas?raw")).Text);
    }

    [Fact]
    public async Task Delete_Recurse_RemovesThePrefixOnly()
    {
        foreach (var key in (string[])["del/a", "del/b", "delight"])
            await Server.MustPutAsync($"/v1/kv/{key}", "v");

        var deleted = await Server.SendAsync("DELETE", "/v1/kv/del/?recurse");
        var missing = await Server.SendAsync("DELETE", "/v1/kv/del/a");

        Assert.Equal(("true", "true"), (deleted.Text, missing.Text));
        Assert.Equal("[\"delight\"]", (await Server.GetAsync("/v1/kv/del?keys")).Text);
    }

    [Fact]
    public async Task Get_BlockingOnAKey_WakesForItAndNotForItsNeighbour()
    {
        await Server.MustPutAsync("/v1/kv/watch/a", "1");
        var index = (await Server.GetAsync("/v1/kv/watch/a")).Index;
        var waiting = Server.GetAsync($"/v1/kv/watch/a?index={index}&wait=60s");
        await Server.UntilWaitingAsync(1);
        var wakeups = Server.Server.Wakeups;

        await Server.MustPutAsync("/v1/kv/watch/b", "2");
        Assert.Equal(wakeups, Server.Server.Wakeups);
        Assert.False(waiting.IsCompleted);
        await Server.MustPutAsync("/v1/kv/watch/a", "3");

        var reply = await waiting;
        Assert.True(reply.Index > index);
        Assert.Equal("Mw==", reply.Json[0].GetProperty("Value").GetString());
    }

    [Fact]
    public async Task Get_BlockingOnAMissingKey_SleepsUntilItExists()
    {
        var index = (await Server.GetAsync("/v1/kv/future")).Index;
        var waiting = Server.GetAsync($"/v1/kv/future?index={index}&wait=60s");
        await Server.UntilWaitingAsync(1);

        await Server.MustPutAsync("/v1/kv/past", "1");
        Assert.False(waiting.IsCompleted);
        await Server.MustPutAsync("/v1/kv/future", "2");

        Assert.Equal(HttpStatusCode.OK, (await waiting).Status);
    }

    [Fact]
    public async Task Get_IndexOfAnotherLife_IsAnsweredAtOnce()
    {
        await Server.MustPutAsync("/v1/kv/life", "1");

        var reply = await Server.GetAsync("/v1/kv/life?index=999999999&wait=600s");

        Assert.True(reply.Index < 999999999);
    }

    [Fact]
    public async Task Get_WaitIsOver_AnswersUnchanged()
    {
        await Server.MustPutAsync("/v1/kv/calm", "1");
        var index = (await Server.GetAsync("/v1/kv/calm")).Index;

        var reply = await Server.GetAsync($"/v1/kv/calm?index={index}&wait=50ms");

        Assert.Equal((HttpStatusCode.OK, index), (reply.Status, reply.Index));
    }
}
