using System.Net;
using System.Text;

namespace Konsul.Mesh.Server.Tests.Functional;

public sealed class TxnTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private TestServer Server => shared.Server;

    [Fact]
    public async Task Put_EveryKindOfOperation_AnswersTheirResults()
    {
        var reply = await Server.MustPutAsync("/v1/txn", """
            [{"KV":{"Verb":"set","Key":"txn/a","Value":"dg==","Flags":3}},
             {"KV":{"Verb":"get","Key":"txn/a"}},
             {"Node":{"Verb":"set","Node":{"Node":"txn-node","Address":"10.0.0.7","Meta":{"a":"b"}}}},
             {"Service":{"Verb":"set","Node":"txn-node","Service":{"ID":"s1","Service":"txn-svc","Port":80}}},
             {"Check":{"Verb":"set","Check":{"Node":"txn-node","CheckID":"c1","Name":"c","Status":"warning","ServiceID":"s1"}}},
             {"KV":{"Verb":"delete","Key":"txn/a"}}]
            """);

        var results = reply.Json.GetProperty("Results");
        Assert.Contains("\"Errors\":null", reply.Text, StringComparison.Ordinal);
        Assert.Equal(["KV", "KV", "Node", "Service", "Check"], results.EnumerateArray().Select(r => r.EnumerateObject().Single().Name));
        Assert.Equal(System.Text.Json.JsonValueKind.Null, results[0].GetProperty("KV").GetProperty("Value").ValueKind);
        Assert.Equal("dg==", results[1].GetProperty("KV").GetProperty("Value").GetString());
        Assert.Equal("txn-svc", results[4].GetProperty("Check").GetProperty("ServiceName").GetString());
        Assert.Contains("txn-svc", (await Server.GetAsync("/v1/catalog/services")).Text, StringComparison.Ordinal);

        var index = results[3].GetProperty("Service").GetProperty("ModifyIndex").GetUInt64();
        var stale = await Server.PutAsync("/v1/txn", $$$$"""[{"Service":{"Verb":"delete-cas","Node":"txn-node","Service":{"ID":"s1","ModifyIndex":{{{{index - 1}}}}}}}]""");
        var good = await Server.PutAsync("/v1/txn", $$$$"""[{"Service":{"Verb":"delete-cas","Node":"txn-node","Service":{"ID":"s1","modifyindex":{{{{index}}}}}}}]""");
        Assert.Equal((HttpStatusCode.Conflict, HttpStatusCode.OK), (stale.Status, good.Status));
        Assert.Equal("""{"Results":null,"Errors":null}""", good.Text);
    }

    [Fact]
    public async Task Put_OneFails_409ListsEveryFailureAndNothingIsDone()
    {
        var reply = await Server.PutAsync("/v1/txn", """
            [{"KV":{"Verb":"set","Key":"txn/no","Value":"dg=="}},{"KV":{"Verb":"get","Key":"txn/none"}},{"KV":{"Verb":"check-index","Key":"txn/none","Index":4}}]
            """);

        Assert.Equal(HttpStatusCode.Conflict, reply.Status);
        Assert.Equal(
            """{"Results":null,"Errors":[{"OpIndex":1,"What":"key \"txn/none\" doesn't exist"},{"OpIndex":2,"What":"failed to check index, key \"txn/none\" doesn't exist"}]}""",
            reply.Text);
        Assert.Equal(HttpStatusCode.NotFound, (await Server.GetAsync("/v1/kv/txn/no")).Status);
    }

    [Fact]
    public async Task Put_ReadOnly_IsNoWriteAndHasReadHeaders()
    {
        await Server.MustPutAsync("/v1/kv/ro/a", "v");
        var index = Server.Server.StateIndex;

        var reply = await Server.MustPutAsync("/v1/txn?stale", """[{"KV":{"Verb":"get-tree","Key":"ro/"}},{"KV":{"Verb":"get-or-empty","Key":"ro/none"}}]""");

        Assert.Equal(["ro/a", "ro/none"], reply.Json.GetProperty("Results").EnumerateArray().Select(r => r.GetProperty("KV").GetProperty("Key").GetString()));
        Assert.Equal((index, "stale"), (reply.Index, reply.Headers["X-Consul-Effective-Consistency"]));
        Assert.Equal(index, Server.Server.StateIndex);
    }

    [Fact]
    public async Task Put_LockAndUnlock_AreTheKeysOwn()
    {
        var id = await SessionTests.CreateAsync(Server, "");

        await Server.MustPutAsync("/v1/txn", $$$"""[{"KV":{"Verb":"lock","Key":"txn/lock","Value":"dg==","Session":"{{{id}}}"}},{"KV":{"Verb":"check-session","Key":"txn/lock","Session":"{{{id}}}"}}]""");
        Assert.Equal(id, (await Server.GetAsync("/v1/kv/txn/lock")).Json[0].GetProperty("Session").GetString());
        await Server.MustPutAsync("/v1/txn", $$$"""[{"KV":{"Verb":"unlock","Key":"txn/lock","Session":"{{{id}}}"}}]""");
        Assert.False((await Server.GetAsync("/v1/kv/txn/lock")).Json[0].TryGetProperty("Session", out _));
    }

    [Fact]
    public async Task Put_Namespace_IsTheRequestsOrTheOperations()
    {
        await Server.MustPutAsync("/v1/txn?ns=team", """[{"KV":{"Verb":"set","Key":"n/a","Value":"dg=="}},{"KV":{"Verb":"set","Key":"n/b","Value":"dg==","Namespace":"other"}}]""");

        Assert.Equal("[\"n/a\"]", (await Server.GetAsync("/v1/kv/n/?keys&ns=team")).Text);
        Assert.Equal("[\"n/b\"]", (await Server.GetAsync("/v1/kv/n/?keys&ns=other")).Text);
        Assert.Equal(HttpStatusCode.NotFound, (await Server.GetAsync("/v1/kv/n/?keys")).Status);
    }

    public static TheoryData<string, int, string> Bad => new()
    {
        { "", 400, "Request decode failed: EOF" },
        { "{}", 400, "Request decode failed: want a list, got an object" },
        { "[1]", 400, "Request decode failed: field \"[0]\" wants an object, got the number 1" },
        { "[{}]", 400, "Request decode failed: an operation is one of KV, Node, Service and Check" },
        { """[{"KV":{"Verb":"get","Key":"a"},"Node":{"Verb":"get","Node":{"Node":"n"}}}]""", 400, "Request decode failed: an operation is one of KV, Node, Service and Check" },
        { """[{"KV":{"Verb":"explode","Key":"a"}}]""", 400, "Request decode failed: field \"[0].KV.Verb\": there is no verb \"explode\"" },
        { """[{"KV":{"Verb":"set","Key":"a","Value":"%"}}]""", 400, "Request decode failed: field \"[0].KV.Value\" wants base64, got the string \"%\"" },
        { """[{"KV":{"Verb":"set","Key":"\u0000team\u0000a"}}]""", 400, "Request decode failed: field \"KV.Key\" may not begin with a NUL character" },
        { """[{"KV":{"Verb":"set","Key":"a","Nope":1}}]""", 400, "Request decode failed: unknown field \"[0].KV.Nope\"" },
        { """[{"Service":{"Verb":"set","Service":{"Service":"x"}}}]""", 400, "Request decode failed: field \"Service.Node\" is missing" },
        { """[{"Node":{"Verb":"lock","Node":{"Node":"x"}}}]""", 400, "Request decode failed: field \"[0].Node.Verb\": there is no verb \"lock\"" },
        { """[{"Check":{"Verb":"set"}}]""", 400, "Request decode failed: field \"Check\" is missing" },
        { """[{"KV":{"Verb":"set","Key":""}}]""", 409, """{"Results":null,"Errors":[{"OpIndex":0,"What":"The key must not be empty."}]}""" },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task Put_Bad_IsRefused(string body, int status, string text)
    {
        var reply = await Server.PutAsync("/v1/txn", body);

        Assert.Equal((status, text), ((int)reply.Status, reply.Text));
    }

    [Fact]
    public async Task Put_TooLarge_Is413()
    {
        var many = $"[{string.Join(',', Enumerable.Repeat("""{"KV":{"Verb":"get-or-empty","Key":"a"}}""", 129))}]";
        var large = $$$"""[{"KV":{"Verb":"set","Key":"a","Value":"{{{Convert.ToBase64String(new byte[400 * 1024])}}}"}}]""";

        var operations = await Server.PutAsync("/v1/txn", many);
        var bytes = await Server.PutAsync("/v1/txn", large);

        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "Transaction contains too many operations (129 > 128)"), (operations.Status, operations.Text));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, bytes.Status);
        Assert.StartsWith($"Request body({Encoding.UTF8.GetByteCount(large)} bytes) too large, max size: 524288 bytes", bytes.Text, StringComparison.Ordinal);
    }
}
