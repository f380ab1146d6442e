using System.Text.Json.Nodes;

namespace Konsul.Mesh.Cli.Tests;

/// <summary>What the verbs about keys and sessions send, and how they fail.</summary>
public sealed class KvVerbTests : IAsyncLifetime
{
    private readonly FakeServer _server = new();

    public ValueTask InitializeAsync() => _server.InitializeAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("kv set k v --ttl 30s", "PUT /v1/kv/k?ttl=30s")]
    [InlineData("kv put k v --acquire s/1", "PUT /v1/kv/k?acquire=s%2F1")]
    [InlineData("kv put k v --release s --flags 3", "PUT /v1/kv/k?flags=3&release=s")]
    [InlineData("session list --node n/1", "GET /v1/session/node/n%2F1")]
    [InlineData("session destroy a/b", "PUT /v1/session/destroy/a%2Fb")]
    [InlineData("kv get k --version 7", "GET /v1/kv/k?version=7")]
    public async Task Verb_Options_AreSentEscaped(string commandLine, string request)
    {
        await RunAsync(commandLine);

        Assert.Equal([request], _server.Requests);
    }

    [Fact]
    public async Task SessionCreate_Options_AreSentAndTheIdIsPrinted()
    {
        _server.On("PUT /v1/session/create", """{"ID":"s1"}""");

        var run = await RunAsync("session create --name job --ttl 15s --lock-delay 1s --behavior delete --node n1 --check a --check b");

        Assert.Equal((0, "s1\n"), (run.Code, run.Out));
        Assert.True(JsonNode.DeepEquals(
            JsonNode.Parse("""{"Name":"job","Node":"n1","TTL":"15s","LockDelay":"1s","Behavior":"delete","NodeChecks":["a","b"]}"""), JsonNode.Parse(_server.LastBody)));
    }

    [Theory]
    [InlineData("kv versions k", 1, "there is no key k, and none of its values is kept")]
    [InlineData("kv rollback k 3", 1, "version 3 of k is not kept")]
    [InlineData("kv rollback k zero", 64, "the version must be a whole number from 1, not \"zero\"")]
    [InlineData("session renew s1", 1, "there is no session s1")]
    [InlineData("kv import /nowhere/at/all", 65, "cannot read /nowhere/at/all")]
    [InlineData("kv get k --namespace te*am", 64, "the namespace may hold only letters, digits, '-', '_' and '.', not \"te*am\"")]
    [InlineData("lock p --ttl soon", 64, "--ttl must be a duration such as 500ms, 10s or 2m, not \"soon\"")]
    public async Task Verb_CannotBeDone_SaysWhy(string commandLine, int code, string sentence)
    {
        var run = await RunAsync(commandLine);

        Assert.Equal((code, ""), (run.Code, run.Out));
        Assert.StartsWith($"konsulctl: {sentence}", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Namespace_FlagBeatsVariables_AndGoesIntoTheHeader()
    {
        _server.On("GET /v1/kv/?keys", "[]");

        await CliRun.OfAsync(["kv", "list", "--address", _server.Address]);
        await CliRun.OfAsync(["kv", "list", "--address", _server.Address], new() { ["CONSUL_NAMESPACE"] = "consul", ["KONSUL_NAMESPACE"] = "konsul" });
        await CliRun.OfAsync(["kv", "list", "--address", _server.Address, "-n", "flag"], new() { ["KONSUL_NAMESPACE"] = "konsul" });

        Assert.Equal(["", "konsul", "flag"], _server.Namespaces);
    }

    [Fact]
    public async Task Import_ManyAndLarge_GoInTransactionsWithinTheServersLimits()
    {
        var entries = new JsonArray([.. Enumerable.Range(0, 100).Select(i => Entry($"k{i}", 10)), Entry("large", 280_000), Entry("huge", 520_000), Entry("last", 1)]);
        _server.On("PUT /v1/txn", """{"Results":[],"Errors":null}""").On("PUT /v1/kv/in/huge?flags=7", "true");

        var run = await CliRun.OfAsync(["kv", "import", "-", "--prefix", "in/", "--address", _server.Address], input: entries.ToJsonString());

        Assert.Equal((0, "Imported 103 keys.\n"), (run.Code, run.Error));
        Assert.Equal(["PUT /v1/txn", "PUT /v1/kv/in/huge?flags=7"], _server.Requests.Distinct());
        var sent = _server.Bodies.Where(b => b[0] == '[').Select(b => JsonNode.Parse(b)!.AsArray()).ToList();
        Assert.All(sent, batch => Assert.InRange(batch.Count, 1, 64));
        Assert.All(_server.Bodies, body => Assert.InRange(body.Length, 1, 512 * 1024 + 8192));
        Assert.Equal(102, sent.Sum(b => b.Count));
        Assert.Equal("in/k0", sent[0][0]!["KV"]!["Key"]!.GetValue<string>());
        Assert.Equal(7UL, sent[0][0]!["KV"]!["Flags"]!.GetValue<ulong>());
    }

    [Theory]
    [InlineData("{}", "the input is not a list of keys")]
    [InlineData("[", "the input is not JSON: line 1, byte 1")]
    [InlineData("""[{"key":"a","value":"%"}]""", "entry 1 of the input lacks a key")]
    [InlineData("""[{"key":"a","value":""},{"value":""}]""", "entry 2 of the input lacks a key")]
    [InlineData("""[{"key":"a","flags":-1,"value":""}]""", "entry 1 of the input lacks a key")]
    public async Task Import_BadInput_Exits65AndWritesNothing(string input, string sentence)
    {
        var run = await CliRun.OfAsync(["kv", "import", "-", "--address", _server.Address], input: input);

        Assert.Equal(65, run.Code);
        Assert.StartsWith($"konsulctl: {sentence}", run.Error, StringComparison.Ordinal);
        Assert.Empty(_server.Requests);
    }

    private static JsonNode Entry(string key, int bytes) => new JsonObject { ["key"] = key, ["flags"] = 7, ["value"] = Convert.ToBase64String(new byte[bytes]) };

    private Task<CliRun> RunAsync(string commandLine) => CliRun.OfAsync([.. commandLine.Split(' '), "--address", _server.Address]);
}
