using System.Net;
using System.Text;
using System.Text.Json;
using Konsul.Mesh.TestKit;

namespace Konsul.Mesh.Server.Tests.Functional;

/// <summary>etcd's JSON gateway over the keys of /v1/kv: requests and answers as etcd's own documentation and clients have them.</summary>
public sealed class EtcdGatewayTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private TestServer Server => shared.Server;

    [Fact]
    public async Task PutRangeDelete_OneKey_IsTheSameKeyForBothFaces()
    {
        var put = await PostAsync("kv/put", $$"""{"key":"{{B64("e/a")}}","value":"{{B64("1")}}"}""");
        var entry = (await Server.GetAsync("/v1/kv/e/a")).Json[0];
        Assert.Equal(put.GetProperty("header").GetProperty("revision").GetString(), entry.GetProperty("ModifyIndex").GetUInt64().ToString());
        await Server.MustPutAsync("/v1/kv/e/a", "2");

        var range = await PostAsync("kv/range", $$"""{"key":"{{B64("e/a")}}"}""");

        var kv = range.GetProperty("kvs")[0];
        Assert.Equal(
            (B64("e/a"), B64("2"), "2", "1", entry.GetProperty("CreateIndex").GetUInt64().ToString()),
            (Text(kv, "key"), Text(kv, "value"), Text(kv, "version"), Text(range, "count"), Text(kv, "create_revision")));
        var deleted = await PostAsync("kv/deleterange", $$"""{"key":"{{B64("e/a")}}","prev_kv":true}""");
        Assert.Equal(("1", B64("2")), (Text(deleted, "deleted"), Text(deleted.GetProperty("prev_kvs")[0], "value")));
        Assert.Equal(HttpStatusCode.NotFound, (await Server.GetAsync("/v1/kv/e/a")).Status);
        Assert.False((await PostAsync("kv/range", $$"""{"key":"{{B64("e/a")}}"}""")).TryGetProperty("kvs", out _));
    }

    [Fact]
    public async Task Range_PrefixStretchSortLimit_AsAsked()
    {
        foreach (var key in (string[])["r/c", "r/a", "r/b", "s"])
            await Server.MustPutAsync($"/v1/kv/{key}", key);

        Assert.Equal(["r/a", "r/b", "r/c"], Keys(await PostAsync("kv/range", Range("r/", "r0"))));
        Assert.Equal(["r/b", "r/c"], Keys(await PostAsync("kv/range", Range("r/b", "s"))));
        Assert.Equal(["r/c", "s"], Keys(await PostAsync("kv/range", Range("r/c", "\0"))).Take(2));
        var limited = await PostAsync("kv/range", Range("r/", "r0", ""","limit":"2","sort_order":"DESCEND","sort_target":"KEY","keys_only":true"""));
        Assert.Equal(["r/c", "r/b"], Keys(limited));
        Assert.Equal((true, "3"), (limited.GetProperty("more").GetBoolean(), Text(limited, "count")));
        Assert.False(limited.GetProperty("kvs")[0].TryGetProperty("value", out _));
        Assert.Equal(["r/c", "r/a", "r/b"], Keys(await PostAsync("kv/range", Range("r/", "r0", ""","sortOrder":1,"sortTarget":"MOD" """))));
        var counted = await PostAsync("kv/range", Range("r/", "r0", ""","count_only":true"""));
        Assert.Equal(("3", false), (Text(counted, "count"), counted.TryGetProperty("kvs", out _)));
        Assert.Equal("3", Text(await PostAsync("kv/deleterange", Range("r/", "r0")), "deleted"));
    }

    [Fact]
    public async Task Txn_CreateIfAbsent_IsWonOnce()
    {
        var body = $$$"""
            {"compare":[{"key":"{{{B64("t/leader")}}}","target":"CREATE","result":"EQUAL","create_revision":"0"}],
             "success":[{"request_put":{"key":"{{{B64("t/leader")}}}","value":"{{{B64("me")}}}"}}],
             "failure":[{"requestRange":{"key":"{{{B64("t/leader")}}}"}}]}
            """;

        var first = await PostAsync("kv/txn", body);
        var second = await PostAsync("kv/txn", body);

        Assert.True(first.GetProperty("succeeded").GetBoolean());
        Assert.False(second.TryGetProperty("succeeded", out _));
        Assert.Equal(B64("me"), Text(second.GetProperty("responses")[0].GetProperty("response_range").GetProperty("kvs")[0], "value"));
    }

    [Fact]
    public async Task Txn_ManyAtOnce_CountWithoutLoss()
    {
        await Server.MustPutAsync("/v1/kv/t/counter", "0");

        await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            for (var i = 0; i < 10;)
            {
                var kv = (await PostAsync("kv/range", $$"""{"key":"{{B64("t/counter")}}"}""")).GetProperty("kvs")[0];
                var next = int.Parse(Encoding.UTF8.GetString(Convert.FromBase64String(Text(kv, "value")))) + 1;
                var done = await PostAsync("kv/txn", $$$"""
                    {"compare":[{"key":"{{{B64("t/counter")}}}","target":"MOD","result":"EQUAL","mod_revision":"{{{Text(kv, "mod_revision")}}}"}],
                     "success":[{"request_put":{"key":"{{{B64("t/counter")}}}","value":"{{{B64($"{next}")}}}"}}]}
                    """);
                i += done.TryGetProperty("succeeded", out var won) && won.GetBoolean() ? 1 : 0;
            }
        }));

        Assert.Equal("80", (await Server.GetAsync("/v1/kv/t/counter?raw")).Text);
    }

    [Theory]
    [InlineData("VERSION", "GREATER", "\"version\":\"0\"", true)]
    [InlineData("VERSION", "EQUAL", "\"version\":1", true)]
    [InlineData("VALUE", "EQUAL", "\"value\":\"dg==\"", true)]
    [InlineData("VALUE", "LESS", "\"value\":\"dg==\"", false)]
    [InlineData("MOD", "NOT_EQUAL", "\"mod_revision\":\"1\"", true)]
    [InlineData("LEASE", "EQUAL", "\"lease\":\"0\"", true)]
    public async Task Txn_Compare_AsEtcdDoes(string target, string result, string with, bool holds)
    {
        await Server.MustPutAsync("/v1/kv/t/cmp", "v");

        var done = await PostAsync("kv/txn", $$"""{"compare":[{"key":"{{B64("t/cmp")}}","target":"{{target}}","result":"{{result}}",{{with}}}]}""");

        Assert.Equal(holds, done.TryGetProperty("succeeded", out _));
    }

    [Fact]
    public async Task Lease_Revoked_DeletesItsKeysAndNoOthers()
    {
        var id = Text(await PostAsync("lease/grant", """{"TTL":60}"""), "ID");
        await PostAsync("kv/put", $$"""{"key":"{{B64("l/a")}}","value":"{{B64("1")}}","lease":"{{id}}"}""");
        await PostAsync("kv/put", $$"""{"key":"{{B64("l/b")}}","value":"{{B64("1")}}","lease":"{{id}}"}""");
        await PostAsync("kv/put", $$"""{"key":"{{B64("l/b")}}","value":"{{B64("2")}}"}""");

        Assert.Equal(id, Text((await PostAsync("kv/range", $$"""{"key":"{{B64("l/a")}}"}""")).GetProperty("kvs")[0], "lease"));
        var left = await PostAsync("lease/timetolive", $$"""{"ID":"{{id}}","keys":true}""");
        Assert.Equal(("60", B64("l/a")), (Text(left, "grantedTTL"), left.GetProperty("keys")[0].GetString()));
        Assert.Equal("60", Text((await PostAsync("lease/keepalive", $$"""{"ID":"{{id}}"}""")).GetProperty("result"), "TTL"));

        await PostAsync("lease/revoke", $$"""{"ID":"{{id}}"}""");

        Assert.Equal("[\"l/b\"]", (await Server.GetAsync("/v1/kv/l/?keys")).Text);
        Assert.Equal("-1", Text(await PostAsync("lease/timetolive", $$"""{"ID":"{{id}}"}"""), "TTL"));
        Assert.False((await PostAsync("lease/keepalive", $$"""{"ID":"{{id}}"}""")).GetProperty("result").TryGetProperty("TTL", out _));
    }

    [Fact]
    public async Task Lease_NotKeptAlive_EndsAfterItsTtl()
    {
        var time = new ManualTimeProvider();
        await using var server = await TestServer.StartAsync(time);
        await server.SendAsync("POST", "/v3/lease/grant", """{"TTL":"5","ID":"7"}""");
        await server.SendAsync("POST", "/v3/kv/put", $$"""{"key":"{{B64("k")}}","lease":7}""");
        time.Advance(TimeSpan.FromSeconds(4));
        await server.SendAsync("POST", "/v3/lease/keepalive", """{"ID":7}""");
        time.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync("/v1/kv/k")).Status);

        time.Advance(TimeSpan.FromSeconds(2));

        await server.UntilAsync("/v1/kv/k", r => r.Status == HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Watch_Prefix_TellsEveryChangeOnceAndInOrder()
    {
        await Server.MustPutAsync("/v1/kv/w/old", "0");
        using var watch = await WatchAsync(Range("w/", "w0", ""","prev_kv":true"""));
        Assert.True((await watch.NextAsync()).GetProperty("created").GetBoolean());

        for (var i = 0; i < 50; i++)
            await Server.MustPutAsync("/v1/kv/w/n", $"{i}");
        await Server.MustPutAsync("/v1/kv/x", "none of it");
        await Server.SendAsync("DELETE", "/v1/kv/w/?recurse");

        for (var i = 0; i < 50; i++)
        {
            var changed = (await watch.NextAsync()).GetProperty("events")[0];
            Assert.Equal(B64($"{i}"), Text(changed.GetProperty("kv"), "value"));
            Assert.Equal(i > 0, changed.TryGetProperty("prev_kv", out _));
        }

        var last = (await watch.NextAsync()).GetProperty("events");
        Assert.Equal(
            [("DELETE", B64("w/n"), B64("49")), ("DELETE", B64("w/old"), B64("0"))],
            last.EnumerateArray().Select(e => (Text(e, "type"), Text(e.GetProperty("kv"), "key"), Text(e.GetProperty("prev_kv"), "value"))));
    }

    [Fact]
    public async Task Watch_FromARevision_BeginsThereOrSaysThatItCannot()
    {
        await Server.MustPutAsync("/v1/kv/v/a", "1");
        var revision = (await Server.GetAsync("/v1/kv/v/a")).Index;
        await Server.MustPutAsync("/v1/kv/other", "1");

        using var good = await WatchAsync(Range("v/", "v0", $$""","start_revision":"{{revision + 1}}" """));
        await good.NextAsync();
        await Server.MustPutAsync("/v1/kv/v/a", "2");
        Assert.Equal(B64("2"), Text((await good.NextAsync()).GetProperty("events")[0].GetProperty("kv"), "value"));

        using var late = await WatchAsync(Range("v/", "v0", $$""","start_revision":"{{revision}}" """));
        await late.NextAsync();
        var canceled = await late.NextAsync();
        Assert.True(canceled.GetProperty("canceled").GetBoolean());
        Assert.True(ulong.Parse(Text(canceled, "compact_revision")) > revision);
    }

    [Theory]
    [InlineData("kv/put", "{}", 400, 3, "etcdserver: key is not provided")]
    [InlineData("kv/put", """{"key":"/w=="}""", 400, 3, "a key must be UTF-8 here")]
    [InlineData("kv/put", """{"key":"AGE="}""", 400, 3, "a key may not begin with a NUL byte here")]
    [InlineData("kv/put", """{"key":"YQ==","lease":"12345"}""", 404, 5, "etcdserver: requested lease not found")]
    [InlineData("kv/put", """{"key":"YQ==","ignore_value":true}""", 400, 3, "unknown field \"ignore_value\"")]
    [InlineData("kv/range", """{"key":"YQ==","revision":"9999999"}""", 400, 11, "etcdserver: mvcc: required revision is a future revision")]
    [InlineData("kv/deleterange", """{"key":"YQ==","range_end":"eg=="}""", 400, 3, "only one key, or all keys with a prefix, can be read or deleted in a transaction")]
    [InlineData("kv/txn", """{"success":[{}]}""", 400, 3, "a step is one of request_put, request_range and request_delete_range")]
    [InlineData("kv/txn", """{"compare":[{"key":"YQ==","target":"ODD"}]}""", 400, 3, "field \"compare[0].target\" wants one of Version, Create, Mod, Value, Lease, got the string \"ODD\"")]
    [InlineData("lease/revoke", """{"ID":"12345"}""", 404, 5, "etcdserver: requested lease not found")]
    [InlineData("lease/grant", """{"TTL":"9999999999"}""", 400, 11, "etcdserver: too large lease TTL")]
    [InlineData("watch", "{}", 400, 3, "create_request is missing")]
    public async Task Post_Bad_IsRefusedWithEtcdsCode(string path, string body, int status, int code, string text)
    {
        var reply = await Server.SendAsync("POST", $"/v3/{path}", body);

        Assert.Equal((status, code, text), ((int)reply.Status, reply.Json.GetProperty("code").GetInt32(), Text(reply.Json, "error")));
    }

    private static string B64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private static string Range(string key, string end, string more = "") => $$"""{"key":"{{B64(key)}}","range_end":"{{B64(end)}}"{{more}}}""";

    private static string[] Keys(JsonElement range) =>
        [.. range.GetProperty("kvs").EnumerateArray().Select(kv => Encoding.UTF8.GetString(Convert.FromBase64String(Text(kv, "key"))))];

    private async Task<JsonElement> PostAsync(string path, string body)
    {
        var reply = await Server.SendAsync("POST", $"/v3/{path}", body);
        Assert.True(reply.Status == HttpStatusCode.OK, $"{path}: {(int)reply.Status} {reply.Text}");
        return reply.Json;
    }

    private async Task<Watch> WatchAsync(string create)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v3/watch") { Content = new StringContent($$"""{"create_request":{{create}}}""") };
        var response = await Server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        return new Watch(response, new StreamReader(await response.Content.ReadAsStreamAsync()));
    }

    private sealed record Watch(HttpResponseMessage Response, StreamReader Lines) : IDisposable
    {
        public async Task<JsonElement> NextAsync()
        {
            using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            var line = await Lines.ReadLineAsync(deadline.Token);
            return JsonDocument.Parse(line ?? throw new EndOfStreamException("the watch has ended")).RootElement.GetProperty("result");
        }

        public void Dispose()
        {
            Lines.Dispose();
            Response.Dispose();
        }
    }
}
