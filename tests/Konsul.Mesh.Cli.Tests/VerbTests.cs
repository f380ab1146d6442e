using System.Text.Json.Nodes;

namespace Konsul.Mesh.Cli.Tests;

/// <summary>What verbs send, and how they fail.</summary>
public sealed class VerbTests : IAsyncLifetime
{
    private readonly FakeServer _server = new();

    public ValueTask InitializeAsync() => _server.InitializeAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("service register --name api --address 10.0.0.1 --port 9001 --tags a,b")]
    [InlineData("service register api 10.0.0.1 9001 --tags a,b")]
    [InlineData("service register api --address 10.0.0.1 --port 9001 --tags a,b")]
    public async Task Register_EitherForm_SendsTheSame(string commandLine)
    {
        _server.On("PUT /v1/agent/service/register", "");

        var run = await RunAsync(commandLine);

        Assert.Equal(0, run.Code);
        Assert.Equal("", run.Out);
        Assert.Equal("Registered api as api.\n", run.Error);
        AssertJson("""{"ID":"api","Name":"api","Address":"10.0.0.1","Port":9001,"Tags":["a","b"]}""", _server.LastBody);
    }

    [Fact]
    public async Task Register_ServerAddressBeforeTheVerb_IsNotTheInstances()
    {
        _server.On("PUT /v1/agent/service/register", "");

        var run = await CliRun.OfAsync(["--address", _server.Address, "service", "register", "--name", "api", "--address", "10.0.0.1", "--port", "1"]);

        Assert.Equal(0, run.Code);
        Assert.Equal("10.0.0.1", JsonNode.Parse(_server.LastBody)!["Address"]!.GetValue<string>());
    }

    [Fact]
    public async Task Register_UrlAsAddress_IsTheServers()
    {
        _server.On("PUT /v1/agent/service/register", "");

        var run = await CliRun.OfAsync(
            ["service", "register", "--name", "api", "--address", "10.0.0.1", "--port", "1", "--address", _server.Address + "/"]);

        Assert.Equal(0, run.Code);
        Assert.Equal("10.0.0.1", JsonNode.Parse(_server.LastBody)!["Address"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("--check-http http://10.0.0.1:9001/health", """{"HTTP":"http://10.0.0.1:9001/health","Interval":"10s"}""")]
    [InlineData("--check-tcp 10.0.0.1:9001 --check-interval 2s", """{"TCP":"10.0.0.1:9001","Interval":"2s"}""")]
    [InlineData("--check-ttl 30s", """{"TTL":"30s"}""")]
    public async Task Register_Check_IsSent(string check, string expected)
    {
        _server.On("PUT /v1/agent/service/register", "");

        await RunAsync("service register api 10.0.0.1 9001 " + check);

        AssertJson(expected, JsonNode.Parse(_server.LastBody)!["Check"]!.ToJsonString());
    }

    [Theory]
    [InlineData("--sidecar", """{"SidecarService":{}}""")]
    [InlineData("--upstream api:7001 --upstream db:7002:dc2", """{"SidecarService":{"Proxy":{"Upstreams":[{"DestinationName":"api","LocalBindPort":7001},{"DestinationName":"db","LocalBindPort":7002,"Datacenter":"dc2"}]}}}""")]
    public async Task Register_Sidecar_IsSent(string options, string expected)
    {
        _server.On("PUT /v1/agent/service/register", "");

        await RunAsync("service register web 10.0.0.1 9001 " + options);

        AssertJson(expected, JsonNode.Parse(_server.LastBody)!["Connect"]!.ToJsonString());
    }

    [Theory]
    [InlineData("service register --name api", "--port is missing")]
    [InlineData("service register", "--name is missing")]
    [InlineData("service register api 10.0.0.1 0", "--port needs a port from 1 to 65535, not \"0\"")]
    [InlineData("service register api 10.0.0.1 many", "--port needs a port from 1 to 65535, not \"many\"")]
    [InlineData("service register api 10.0.0.1 1 --name web", "--name is given twice: as an option and as \"api\"")]
    [InlineData("service register api 10.0.0.1 1 --address b", "--address is given twice: \"b\" and \"10.0.0.1\"")]
    [InlineData("service register api 10.0.0.1 1 --upstream x", "--upstream must be NAME:LOCAL_PORT[:DATACENTER], not \"x\"")]
    [InlineData("service register api 10.0.0.1 1 --check-ttl 1s --check-tcp a:1", "only one of --check-http, --check-tcp and --check-ttl may be given")]
    [InlineData("service deregister", "give either --id or --name")]
    [InlineData("service deregister a --name b", "give either --id or --name")]
    [InlineData("intention create web api", "give either --allow or --deny")]
    [InlineData("intention create --allow --deny web api", "give either --allow or --deny")]
    [InlineData("raft remove-peer", "give either --id or --address")]
    [InlineData("raft remove-peer --id 1 --address a:1", "give either --id or --address")]
    [InlineData("raft remove-peer --address a:1 --address b:1", "--address is given twice: \"a:1\" and \"b:1\"")]
    [InlineData("snapshot save", "Required argument missing for command: 'save'; see konsulctl snapshot save --help")]
    [InlineData("kv set key", "a value or --file is missing")]
    [InlineData("kv delete key --recurse --cas 1", "--cas is about one key and does not go with --recurse")]
    [InlineData("proxy config nonsense", "\"nonsense\" must be one of clusters, listeners, routes, endpoints, all")]
    [InlineData("service list -o xml", "--output must be one of table, wide, json, yaml, name, not \"xml\"")]
    [InlineData("service list --timeout soon", "--timeout must be a duration such as 500ms, 10s or 2m, not \"soon\"")]
    [InlineData("service list --color blue", "--color must be auto, always or never, not \"blue\"")]
    [InlineData("service list --token x\ny", "the token must be visible ASCII characters")]
    [InlineData("servce list", "unknown command, option or argument \"servce\"; see konsulctl --help")]
    [InlineData("service list --bogus", "unknown command, option or argument \"--bogus\"; see konsulctl service list --help")]
    [InlineData("service get", "Required argument missing for command: 'get'; see konsulctl service get --help")]
    [InlineData("kv set key value --cas minus", "--cas must be a whole number, not \"minus\"")]
    public async Task Usage_Wrong_64AndOneLine(string commandLine, string sentence)
    {
        var run = await RunAsync(commandLine);

        Assert.Equal($"konsulctl: {sentence}\n", run.Error);
        Assert.Equal(64, run.Code);
        Assert.Equal("", run.Out);
        Assert.Empty(_server.Requests);
    }

    [Fact]
    public async Task Deregister_ByNameWithOne_RemovesIt()
    {
        _server.On("GET /v1/agent/services", """{"api-1":{"Service":"api"},"x":{"Service":"api-x"}}""").On("PUT /v1/agent/service/deregister/api-1", "");

        var run = await RunAsync("service deregister --name api");

        Assert.Equal(0, run.Code);
        Assert.Equal(["GET /v1/agent/services", "PUT /v1/agent/service/deregister/api-1"], _server.Requests);
    }

    [Fact]
    public async Task Deregister_ByNameWithSeveral_RefusesUnlessAll()
    {
        _server.On("GET /v1/agent/services", """{"b":{"Service":"api"},"a/1":{"Service":"api"}}""")
            .On("PUT /v1/agent/service/deregister/a%2F1", "").On("PUT /v1/agent/service/deregister/b", "");

        var refused = await RunAsync("service deregister --name api");
        var all = await RunAsync("service deregister --name api --all -q");

        Assert.Equal(64, refused.Code);
        Assert.Equal("konsulctl: api has 2 instances (a/1, b): give --id, or --all to remove them all\n", refused.Error);
        Assert.Equal(0, all.Code);
        Assert.Equal("", all.Error);
        Assert.Equal(["PUT /v1/agent/service/deregister/a%2F1", "PUT /v1/agent/service/deregister/b"], _server.Requests.Skip(2));
    }

    [Fact]
    public async Task Deregister_Unknown_Exits1()
    {
        var run = await RunAsync("service deregister nobody");

        Assert.Equal(1, run.Code);
        Assert.Equal("konsulctl: there is no instance with the id nobody\n", run.Error);
    }

    [Fact]
    public async Task Intention_Create_SendsTheAction()
    {
        _server.On("PUT /v1/connect/intentions/exact?source=%2A&destination=api", "true");

        var run = await RunAsync("intention create --deny * api --description why");

        Assert.Equal(0, run.Code);
        Assert.Equal("Created: * => api (deny).\n", run.Error);
        AssertJson("""{"SourceType":"consul","Action":"deny","Description":"why"}""", _server.LastBody);
    }

    [Theory]
    [InlineData("intention get a b", "there is no intention a => b")]
    [InlineData("intention delete a b", "there is no intention a => b")]
    [InlineData("kv get a", "there is no key a")]
    public async Task Absent_Thing_Exits1InEveryFormat(string commandLine, string sentence)
    {
        foreach (var format in (string[])["table", "wide", "json", "yaml", "name"])
        {
            var run = await RunAsync($"{commandLine} -o {format}");

            Assert.Equal((1, "", $"konsulctl: {sentence}\n"), (run.Code, run.Out, run.Error));
        }
    }

    [Theory]
    [InlineData("a/../b", "/v1/kv/a/../b")]
    [InlineData("a b%2F?x#y", "/v1/kv/a%20b%252F%3Fx%23y")]
    [InlineData("/lead//ing/", "/v1/kv//lead//ing/")]
    [InlineData("ключ", "/v1/kv/%D0%BA%D0%BB%D1%8E%D1%87")]
    public async Task KvSet_AnyKey_ArrivesExactly(string key, string target)
    {
        _server.On($"PUT {target}", "true");

        var run = await CliRun.OfAsync(["kv", "set", key, "@v", "--address", _server.Address]);

        Assert.Equal(0, run.Code);
        Assert.Equal([$"PUT {target}"], _server.Requests);
        Assert.Equal("@v", _server.LastBody);
    }

    [Fact]
    public async Task KvSet_StandardInputAndFile_AreSentAsTheyAre()
    {
        _server.On("PUT /v1/kv/k?flags=42", "true").On("PUT /v1/kv/k", "true");
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "from\nfile", TestContext.Current.CancellationToken);

        await CliRun.OfAsync(["kv", "set", "k", "-", "--flags", "42", "--address", _server.Address], input: "in\nput\n");
        var first = _server.LastBody;
        await CliRun.OfAsync(["kv", "set", "k", "--file", file, "--address", _server.Address]);
        File.Delete(file);

        Assert.Equal("in\nput\n", first);
        Assert.Equal("from\nfile", _server.LastBody);
    }

    [Fact]
    public async Task KvSet_TooLarge_Exits65AndSendsNothing()
    {
        var run = await CliRun.OfAsync(["kv", "set", "k", "-", "--address", _server.Address], input: new string('x', 600_000));

        Assert.Equal(65, run.Code);
        Assert.Empty(_server.Requests);
    }

    [Fact]
    public async Task KvGet_BinaryValue_IsPrintedAsItIs()
    {
        _server.On("GET /v1/kv/k", $$"""[{"Key":"k","Value":"{{Convert.ToBase64String("no line end"u8)}}"}]""");

        Assert.Equal("no line end", (await RunAsync("kv get k")).Out);
    }

    [Fact]
    public async Task KvGet_EmptyValue_PrintsNothingAndSucceeds()
    {
        _server.On("GET /v1/kv/k", """[{"Key":"k","Value":null}]""");

        var run = await RunAsync("kv get k");

        Assert.Equal((0, "", ""), (run.Code, run.Out, run.Error));
    }

    [Theory]
    [InlineData(403, "Permission denied: token lacks 'key:write'", 77)]
    [InlineData(401, "", 77)]
    [InlineData(400, "Invalid service name", 1)]
    [InlineData(500, "No cluster leader", 1)]
    [InlineData(307, "", 1)]
    public async Task Answer_Refusal_BecomesItsCode(int status, string body, int code)
    {
        _server.On("GET /v1/catalog/services", body, status);

        foreach (var format in (string[])["table", "wide", "json", "yaml", "name"])
        {
            var run = await RunAsync($"service list -o {format}");

            Assert.Equal((code, ""), (run.Code, run.Out));
            Assert.StartsWith(body.Length > 0 ? $"konsulctl: {body}\n" : "konsulctl: ", run.Error, StringComparison.Ordinal);
            Assert.Equal(1, run.Error.Count(c => c == '\n'));
        }
    }

    [Theory]
    [InlineData("<html>not json</html>")]
    [InlineData("[1,2]")]
    [InlineData("")]
    public async Task Answer_Nonsense_Exits1(string body)
    {
        _server.On("GET /v1/catalog/services", body);

        var run = await RunAsync("service list");

        Assert.Equal((1, ""), (run.Code, run.Out));
        Assert.StartsWith("konsulctl: the server's answer is not", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_Unreachable_69AndItsAddress()
    {
        var address = _server.Address;
        await _server.DisposeAsync();

        foreach (var format in (string[])["table", "json", "yaml", "name"])
        {
            var run = await CliRun.OfAsync(["service", "list", "--address", address, "-o", format]);

            Assert.Equal((69, "", $"konsulctl: cannot reach {address}: connection refused\n"), (run.Code, run.Out, run.Error));
        }
    }

    [Fact]
    public async Task Server_Silent_124()
    {
        _server.OnHang("GET /v1/catalog/services");

        var run = await RunAsync("service list --timeout 100ms");

        Assert.Equal(124, run.Code);
        Assert.Equal($"konsulctl: no answer from {_server.Address} within 0.1 s\n", run.Error);
    }

    [Theory]
    [InlineData("KONSUL_ADDRESS")]
    [InlineData("CONSUL_HTTP_ADDR")]
    public async Task Address_FromTheEnvironment_IsUsed(string variable)
    {
        _server.On("GET /v1/catalog/services", "{}");
        var hostPort = _server.Address["http://".Length..];

        var run = await CliRun.OfAsync(["service", "list"], new() { [variable] = hostPort });

        Assert.Equal(0, run.Code);
    }

    [Theory]
    [InlineData("ftp://x:1")]
    [InlineData("http://x:1/path")]
    [InlineData("http://u:p@x:1")]
    [InlineData("")]
    [InlineData("http://x:99999")]
    public async Task Address_Wrong_64(string address)
    {
        var run = await CliRun.OfAsync(["service", "list", "--address", address]);

        Assert.Equal(64, run.Code);
        Assert.Contains("must be a URL such as http://127.0.0.1:8500", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Token_ByPrecedence_IsSent()
    {
        _server.On("GET /v1/catalog/services", "{}");
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "from-file\n", TestContext.Current.CancellationToken);
        Dictionary<string, string> variables = new() { ["KONSUL_TOKEN"] = "own", ["CONSUL_HTTP_TOKEN"] = "consul" };
        string[] list = ["service", "list", "--address", _server.Address];

        await CliRun.OfAsync([.. list, "--token", "flag"], variables);
        var flag = _server.LastToken;
        await CliRun.OfAsync([.. list, "--token-file", file], variables);
        var fromFile = _server.LastToken;
        await CliRun.OfAsync(list, variables);
        var own = _server.LastToken;
        await CliRun.OfAsync(list, new() { ["CONSUL_HTTP_TOKEN"] = "consul" });
        File.Delete(file);

        Assert.Equal(("flag", "from-file", "own", "consul"), (flag, fromFile, own, _server.LastToken));
    }

    [Fact]
    public async Task TokenFile_Missing_65()
    {
        var run = await RunAsync("service list --token-file /nowhere/at/all");

        Assert.Equal(65, run.Code);
    }

    [Fact]
    public async Task ProxyConfig_Token_IsNotSentToTheProxy()
    {
        _server.On("GET /config_dump", "{}");

        await CliRun.OfAsync(["proxy", "config", "all", "--admin-addr", _server.Address, "--token", "secret"]);

        Assert.Equal("", _server.LastToken);
    }

    [Fact]
    public async Task Verbose_Request_IsShownOnStandardError()
    {
        _server.On("GET /v1/catalog/services", "{}");

        var run = await RunAsync("service list -v -o json --token s3cret");

        Assert.Equal("[]\n", run.Out);
        Assert.Equal($"GET {_server.Address}/v1/catalog/services -> 200, 2 bytes\n", run.Error);
    }

    [Theory]
    [InlineData("")]
    [InlineData("service")]
    [InlineData("service register")]
    [InlineData("service deregister")]
    [InlineData("service get")]
    [InlineData("intention")]
    [InlineData("intention create")]
    [InlineData("kv")]
    [InlineData("kv set")]
    [InlineData("kv import")]
    [InlineData("session")]
    [InlineData("session create")]
    [InlineData("lock")]
    [InlineData("proxy config")]
    [InlineData("ca")]
    [InlineData("ca roots")]
    [InlineData("ca rotate")]
    [InlineData("raft")]
    [InlineData("raft transfer-leader")]
    [InlineData("raft remove-peer")]
    [InlineData("snapshot")]
    [InlineData("snapshot save")]
    [InlineData("config")]
    [InlineData("config apply")]
    [InlineData("validate")]
    [InlineData("route explain")]
    [InlineData("query")]
    [InlineData("watch")]
    public async Task Help_Any_IsTheGoldenText(string verb)
    {
        var run = await CliRun.OfAsync([.. verb.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);

        Assert.Equal((0, ""), (run.Code, run.Error));
        GoldenFile.Check($"help-{(verb.Length > 0 ? verb.Replace(' ', '-') : "root")}.txt", run.Out);
    }

    [Fact]
    public async Task Version_Flag_IsTheVerb() =>
        Assert.Equal(await CliRun.OfAsync(["version"]), await CliRun.OfAsync(["--version"]));

    [Fact]
    public async Task Version_Any_IsData()
    {
        var run = await CliRun.OfAsync(["version", "-o", "json"]);

        Assert.Equal(0, run.Code);
        Assert.Matches("^[0-9]+\\.[0-9]+\\.[0-9]+$", JsonNode.Parse(run.Out)!["Version"]!.GetValue<string>());
    }

    private Task<CliRun> RunAsync(string commandLine) => CliRun.OfAsync(
        [.. commandLine.Split(' '), commandLine.StartsWith("service register", StringComparison.Ordinal) ? "--http-addr" : "--address", _server.Address]);

    private static void AssertJson(string expected, string actual) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), JsonNode.Parse(actual)), $"expected {expected}\nactual   {actual}");
}
