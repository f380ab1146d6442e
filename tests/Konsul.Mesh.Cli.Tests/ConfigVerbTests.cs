using System.Text.Json.Nodes;
using Konsul.Mesh.Model.ConfigEntries;

namespace Konsul.Mesh.Cli.Tests;

/// <summary>config, validate and route: files in, requests and tables out.</summary>
public sealed class ConfigVerbTests : IAsyncLifetime
{
    private const string Defaults = "Kind: service-defaults\nName: web\nProtocol: http\n";

    private const string Router = """
        kind: service-router
        name: web
        routes:
          - match:
              http:
                path_prefix: /admin
                header:
                  - {name: x-debug, exact: "1"}
            destination: {service: admin, prefix_rewrite: /, num_retries: 3}
        """;

    private const string Splitter = """
        {"Kind": "service-splitter", "Name": "web",
         "Splits": [
           {"Weight": 90, "ServiceSubset": "v1"},
           {"Weight": 10, "ServiceSubset": "v2"}]}
        """;

    private const string Resolver = """{"Kind":"service-resolver","Name":"web","Subsets":{"v1":{},"v2":{}},"Failover":{"v2":{"ServiceSubset":"v1"}}}""";

    private readonly FakeServer _server = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("konsulctl-tests-").FullName;

    public ValueTask InitializeAsync() => _server.InitializeAsync();

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Write_YamlOfTwoDocuments_PutsBoth()
    {
        _server.On("PUT /v1/config", "true");

        var run = await RunAsync("config", "write", File("both.yaml", Defaults + "---\n" + Router));

        Assert.Equal((0, "Wrote service-defaults/web, service-router/web.\n"), (run.Code, run.Error));
        Assert.Equal(2, _server.Requests.Count);
        Assert.Equal("/admin", JsonNode.Parse(_server.LastBody)!["Routes"]![0]!["Match"]!["HTTP"]!["PathPrefix"]!.GetValue<string>());
    }

    [Fact]
    public async Task Write_StandardInputWithCas_AsksForThatIndex()
    {
        _server.On("PUT /v1/config?cas=7", "false");

        var run = await CliRun.OfAsync(["--address", _server.Address, "config", "write", "-", "--cas", "7"], input: Defaults);

        Assert.Equal((1, "konsulctl: service-defaults/web was not written: it has changed\n"), (run.Code, run.Error));
    }

    [Theory]
    [InlineData("a.yaml", "Kind: mesh\nName: mesh\nFoo: 1\n", ":3: unknown field \"Foo\"")]
    [InlineData("a.yaml", "Kind: service-router\nName: web\nRoutes:\n- Match:\n    HTTP:\n      PathPrefix: x\n", ":6: Routes[0].Match.HTTP.PathPrefix doesn't start with '/': \"x\"")]
    [InlineData("a.json", "{\n \"Kind\": \"service-splitter\",\n \"Name\": \"web\",\n \"Splits\": [\n  {\"Weight\": 5}\n ]\n}", ":4: the sum of all split weights must be 100, not 5")]
    [InlineData("a.json", "{\n \"Kind\": \"mesh\"", ":2: this is not JSON")]
    [InlineData("a.yaml", "Kind: [\n", ":2: ")]
    [InlineData("a.yaml", "a: &x [1]\nb: *x\n", "a.yaml:")]
    [InlineData("a.yaml", "Kind: service-resolver\nName: web\nFailover:\n  \"*\":\n    Datacenters: [\"\"]\n", ":5: Bad Failover")]
    public async Task Validate_Wrong_SaysWhere(string name, string text, string sentence)
    {
        var run = await RunAsync("validate", File(name, text));

        Assert.Equal(65, run.Code);
        Assert.Contains(sentence, run.Out, StringComparison.Ordinal);
        Assert.Empty(_server.Requests);
    }

    [Fact]
    public async Task Validate_Folder_TellsEveryProblemAndTheCommonOnes()
    {
        File("1.yaml", "Kind: mesh\nName: x\n");
        File("2.yaml", "Kind: service-defaults\nName: web\nProtocol: x\n");
        var both = await RunAsync("validate", _folder);
        File("1.yaml", "Kind: mesh\nName: mesh\n");
        File("2.yaml", Splitter);
        var together = await RunAsync("validate", _folder);
        File("3.yaml", Defaults);
        File("4.json", Resolver);
        var good = await RunAsync("validate", _folder);

        Assert.Equal(2, both.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Equal(65, together.Code);
        Assert.Contains("subset named \"v1\"", together.Out, StringComparison.Ordinal);
        Assert.Equal((0, "4 entries are good.\n"), (good.Code, good.Error));
    }

    [Fact]
    public async Task Apply_Folder_WritesWhatDiffersInOrder()
    {
        File("a-router.yaml", Router);
        File("b-defaults.yaml", Defaults);
        File("c-resolver.json", Resolver);
        Nothing();
        _server.On("GET /v1/config/service-resolver", $"[{Resolver.Replace("\"v2\":{}", "\"v3\":{},\"v2\":{\"OnlyPassing\":true}", StringComparison.Ordinal)[..^1]},\"CreateIndex\":3,\"ModifyIndex\":9}}]");
        _server.On("GET /v1/config/service-defaults", """[{"Kind":"service-defaults","Name":"web","Protocol":"http","CreateIndex":1,"ModifyIndex":2},{"Kind":"service-defaults","Name":"admin","Protocol":"http"}]""");
        _server.On("PUT /v1/config?cas=0", "true").On("PUT /v1/config?cas=9", "true");

        var dry = await RunAsync("config", "apply", _folder, "--dry-run");
        var requests = _server.Requests.Count;
        var run = await RunAsync("config", "apply", _folder);

        Assert.Equal((0, "Would change 2 of 3 entries.\n"), (dry.Code, dry.Error));
        Assert.StartsWith(
            "update service-resolver/web\n  - Subsets.v2.OnlyPassing: true\n  - Subsets.v3: {}\n  + Subsets.v2: {}\ncreate", dry.Out, StringComparison.Ordinal);
        Assert.Contains("create service-router/web\n", dry.Out, StringComparison.Ordinal);
        Assert.Equal(dry.Out, run.Out);
        Assert.Equal((0, "Changed 2 of 3 entries.\n"), (run.Code, run.Error));
        Assert.Equal(["PUT /v1/config?cas=9", "PUT /v1/config?cas=0"], _server.Requests.Skip(requests).Where(r => r.StartsWith("PUT", StringComparison.Ordinal)));
        Assert.DoesNotContain(_server.Requests.Take(requests), r => r.StartsWith("PUT", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Apply_EntriesThatDoNotFit_WritesNothing()
    {
        File("a.json", Splitter);
        Nothing();

        var run = await RunAsync("config", "apply", _folder);

        Assert.Equal(65, run.Code);
        Assert.Contains("would not fit together", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(_server.Requests, r => r.StartsWith("PUT", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ReadListDelete_Entry_AreShownAndGone()
    {
        Nothing();
        _server.On("GET /v1/config/service-defaults/web", """{"Kind":"service-defaults","Name":"web","Protocol":"http","CreateIndex":1,"ModifyIndex":2}""");
        _server.On("GET /v1/config/service-defaults", """[{"Kind":"service-defaults","Name":"web","ModifyIndex":2}]""");
        _server.On("DELETE /v1/config/service-defaults/web", "{}").On("DELETE /v1/config/service-defaults/web?cas=1", "false");

        Assert.Equal("Kind: service-defaults\nName: web\nProtocol: http\nCreateIndex: 1\nModifyIndex: 2\n", (await RunAsync("config", "read", "service-defaults", "web")).Out);
        Assert.Equal(1, (await RunAsync("config", "read", "service-defaults", "none")).Code);
        Assert.Equal("KIND              NAME  INDEX\nservice-defaults  web   2\n", (await RunAsync("config", "list")).Out);
        Assert.Equal(0, (await RunAsync("config", "delete", "service-defaults", "web")).Code);
        Assert.Equal(1, (await RunAsync("config", "delete", "service-defaults", "web", "--cas", "1")).Code);
        Assert.Equal(64, (await RunAsync("config", "read", "nope", "web")).Code);
    }

    [Fact]
    public async Task Explain_Request_ShowsRouteSplitAndTarget()
    {
        File("a.yaml", Defaults + "---\nKind: service-defaults\nName: admin\nProtocol: http\n---\n" + Router);
        File("b.json", $"[{Splitter},{Resolver}]");

        var admin = await RunAsync("route", "explain", "get", "http://web.service.consul/admin/users?x=1", "-H", "X-Debug: 1", "--dir", _folder);
        var rest = await RunAsync("route", "explain", "GET", "http://web/admin", "--dir", _folder);
        var wrong = await RunAsync("route", "explain", "GET", "web/admin", "--dir", _folder);

        Assert.EndsWith("\nRoutes[0]  forwards, path /users, 3 retries  100     admin.default.default.dc1  -\n", admin.Out, StringComparison.Ordinal);
        Assert.Equal(3, rest.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("default  forwards  10      v2.web.default.default.dc1  v1.web.default.default.dc1\n", rest.Out, StringComparison.Ordinal);
        Assert.Equal(64, wrong.Code);
        Assert.Empty(_server.Requests);
    }

    [Fact]
    public async Task IntentionList_Permissions_AreCounted()
    {
        _server.On("GET /v1/connect/intentions", """[{"SourceName":"web","DestinationName":"api","Precedence":9,"Permissions":[{"Action":"allow"},{"Action":"deny"}]}]""");

        Assert.Equal("SOURCE  ACTION          DESTINATION  PRECEDENCE\nweb     by request (2)  api          9\n", (await RunAsync("intention", "list")).Out);
    }

    [Fact]
    public async Task Watch_KeyOnce_PrintsTheAnswerOrRunsTheCommand()
    {
        _server.On("GET /v1/kv/a%20b?index=0&wait=5000ms", "[1]");

        var printed = await RunAsync("watch", "--type", "key", "--key", "a b", "--once");
        var ran = await RunAsync("watch", "--type", "key", "--key", "a b", "--once", "--", "sh", "-c", $"cat > {_folder}/seen; exit 3");

        Assert.Equal((0, "[1]\n"), (printed.Code, printed.Out));
        Assert.Equal(3, ran.Code);
        Assert.Equal("[1]", System.IO.File.ReadAllText(Path.Combine(_folder, "seen")));
    }

    [Theory]
    [InlineData("services", "/v1/catalog/services")]
    [InlineData("nodes", "/v1/catalog/nodes")]
    [InlineData("service --service api --passing --tag a", "/v1/health/service/api?tag=a&passing")]
    [InlineData("checks --state critical", "/v1/health/state/critical")]
    [InlineData("checks --service api", "/v1/health/checks/api")]
    [InlineData("keyprefix --prefix a/b", "/v1/kv/a/b?recurse")]
    [InlineData("config --kind mesh", "/v1/config/mesh")]
    public async Task Watch_EachType_AsksItsPath(string arguments, string path)
    {
        _server.On($"GET {path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}index=0&wait=5000ms", "{}");

        var run = await RunAsync(["watch", "--once", "--type", .. arguments.Split(' ')]);

        Assert.Equal((0, "{}\n"), (run.Code, run.Out));
    }

    [Theory]
    [InlineData("key")]
    [InlineData("nope")]
    public async Task Watch_Incomplete_IsAUsageError(string type) => Assert.Equal(64, (await RunAsync("watch", "--type", type)).Code);

    [Fact]
    public async Task Query_Verbs_SendAndShow()
    {
        _server.On("POST /v1/query", """{"ID":"x"}""");
        _server.On("GET /v1/query/my%20q/execute?limit=2", """{"Nodes":[{"Node":{"Node":"n1","Address":"10.0.0.1"},"Service":{"ID":"api-1","Address":"","Port":80}}]}""");

        Assert.Equal("x\n", (await RunAsync("query", "create", File("q.json", """{"Service":{"Service":"api"}}"""))).Out);
        Assert.Equal("NODE  ID     ADDRESS   PORT\nn1    api-1  10.0.0.1  80\n", (await RunAsync("query", "execute", "my q", "--limit", "2")).Out);
        Assert.Equal(1, (await RunAsync("query", "execute", "none")).Code);
    }

    private void Nothing()
    {
        foreach (var kind in ConfigEntryReader.Kinds)
        {
            _server.On($"GET /v1/config/{kind}", "[]");
        }
    }

    private string File(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        System.IO.File.WriteAllText(path, text);
        return path;
    }

    private Task<CliRun> RunAsync(params string[] arguments) => CliRun.OfAsync(["--address", _server.Address, .. arguments]);
}
