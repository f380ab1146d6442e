namespace Konsul.Mesh.Cli.Tests;

/// <summary>Every verb in every format: the same exit code, data only on standard output, and the bytes of the golden file.</summary>
public sealed class FormatTests : IAsyncLifetime
{
    private const string Entries = """
        [{"Node":{"Node":"n1","Address":"10.9.9.9"},"Service":{"ID":"api-2","Service":"api","Tags":["a","b"],"Address":"","Port":9002,"Meta":{}},"Checks":[{"Status":"passing"}]},
         {"Node":{"Node":"n1","Address":"10.9.9.9"},"Service":{"ID":"api-1","Service":"api","Tags":[],"Address":"10.0.0.1","Port":9001,"Meta":{"v":"1"}},"Checks":[{"Status":"passing"},{"Status":"warning"}]}]
        """;

    private const string Intentions = """
        [{"ID":"i2","SourceName":"*","DestinationName":"api","Action":"deny","Precedence":8,"Description":"none but web"},
         {"ID":"i1","SourceName":"web","DestinationName":"api","Action":"allow","Precedence":9}]
        """;

    private const string Roots = """
        {"ActiveRootID":"aa","TrustDomain":"11111111-2222-3333-4444-555555555555.konsul","Roots":[
         {"ID":"bb","Name":"old","SerialNumber":"2","NotAfter":"2031-01-01T00:00:00Z","RootCert":"-----BEGIN CERTIFICATE-----\nOLD\n-----END CERTIFICATE-----\n","IntermediateCerts":null,"Active":false,"PrivateKeyType":"ec","PrivateKeyBits":256},
         {"ID":"aa","Name":"new","SerialNumber":"1","NotAfter":"2035-01-01T00:00:00Z","RootCert":"-----BEGIN CERTIFICATE-----\nNEW\n-----END CERTIFICATE-----\n","IntermediateCerts":[],"Active":true,"PrivateKeyType":"ec","PrivateKeyBits":256}]}
        """;

    private const string Proxies = """
        [{"ProxyId":"web-sidecar-proxy","Node":"n1","Service":"web","Version":"0.1.0","ConnectedSince":"2030-01-01T00:00:00Z","Resources":[{"Type":"cluster","Sent":4,"Acked":3,"Nacked":1,"LastNackError":null}]},
         {"ProxyId":"db-sidecar-proxy","Node":"n1","Service":"db","Version":"","ConnectedSince":"2030-01-01T00:00:02Z","Resources":[{"Type":"cluster","Sent":2,"Acked":1,"Nacked":0,"LastNackError":null}]},
         {"ProxyId":"api-sidecar-proxy","Node":"n1","Service":"api","Version":"0.1.0","ConnectedSince":"2030-01-01T00:00:01Z","Resources":[{"Type":"cluster","Sent":4,"Acked":3,"Nacked":1,"LastNackError":"no port"},{"Type":"endpoint","Sent":7,"Acked":7,"Nacked":0,"LastNackError":null}]}]
        """;

    private const string Dump = """
        {"Version":12,"Listeners":[{"Name":"upstream:127.0.0.1:7001","Address":"127.0.0.1","Port":7001,"Cluster":"api.default.dc1"}],
         "Routes":[],"Clusters":{"api.default.dc1":{"Sni":"api.default.dc1.internal.x","Endpoints":[{"Id":"n1/api-1","Address":"10.0.0.1","Port":21000,"Weight":1}]}}}
        """;

    private const string Servers = """
        {"Servers":[
         {"ID":"00000000000000b2","Node":"s2","Address":"10.0.0.2:7000","Leader":false,"ProtocolVersion":"3","Voter":false,"LastIndex":41},
         {"ID":"00000000000000a1","Node":"s1","Address":"10.0.0.1:7000","Leader":true,"ProtocolVersion":"3","Voter":true,"LastIndex":18446744073709551615}],"Index":7}
        """;

    private const string Session =
        """{"ID":"s1","Name":"job","Node":"n1","LockDelay":1500000000,"Behavior":"release","TTL":"15s","NodeChecks":["serfHealth"],"ServiceChecks":null,"CreateIndex":7,"ModifyIndex":7}""";

    private readonly FakeServer _server = new();

    private const string Rotation = """
        {"Stage":"publishing","ActiveRootID":"01:02","ActiveNotAfter":"2035-01-01T00:00:00Z","RotatesAt":"2033-01-01T00:00:00Z",
         "Publishing":{"RootID":"0a:0b","Reason":"an operator asked for it","StartedAt":"2030-01-01T00:00:00Z","WaitUntil":"2030-01-01T00:05:00Z",
          "CrossSigned":true,"ServersBehind":1,"ProxiesBehind":12},
         "Retiring":[{"RootID":"0c:0d","RotatedOutAt":"2029-12-31T00:00:00Z","TrustedUntil":"2030-01-03T00:05:00Z"}]}
        """;

    public static TheoryData<string, int, string> Cases { get; } = new()
    {
        { "service-list", 0, "service list" },
        { "service-list-empty", 0, "service list" },
        { "service-get", 0, "service get api" },
        { "service-get-none", 1, "service get nobody" },
        { "service-register", 0, "service register --name api --address 10.0.0.1 --port 9001 --tags a,b --id api-1" },
        { "service-deregister", 0, "service deregister --id api-1" },
        { "intention-list", 0, "intention list" },
        { "intention-get", 0, "intention get web api" },
        { "intention-create", 0, "intention create --allow web api" },
        { "intention-delete", 0, "intention delete web api" },
        { "intention-check-allowed", 0, "intention check web api" },
        { "intention-check-denied", 1, "intention check bad api" },
        { "kv-get", 0, "kv get config/api/db_url" },
        { "kv-set", 0, "kv set config/api/db_url value" },
        { "kv-set-lost", 1, "kv set config/api/db_url value --cas 5" },
        { "kv-delete", 0, "kv delete config/api/db_url" },
        { "kv-list", 0, "kv list config/" },
        { "kv-list-empty", 0, "kv list nothing/" },
        { "kv-versions", 0, "kv versions config/a" },
        { "kv-rollback", 0, "kv rollback config/a 1" },
        { "kv-export", 0, "kv export config/" },
        { "session-list", 0, "session list" },
        { "session-create", 0, "session create --ttl 15s --check c1 --check c2" },
        { "session-destroy", 0, "session destroy s1" },
        { "session-renew", 0, "session renew s1" },
        { "ca-roots", 0, "ca roots" },
        { "ca-status", 0, "ca status" },
        { "ca-rotate", 0, "ca rotate" },
        { "ca-rotate-abort", 0, "ca rotate --abort" },
        { "raft-peers", 0, "raft peers" },
        { "raft-transfer-leader", 0, "raft transfer-leader --id 00000000000000a1" },
        { "raft-transfer-leader-not", 1, "raft transfer-leader" },
        { "raft-replace-peer", 0, "raft replace-peer --id 00000000000000b2 --with 00000000000000c3" },
        { "raft-remove-peer", 0, "raft remove-peer --id 00000000000000b2" },
        { "proxy-status", 0, "proxy status" },
        { "proxy-config-clusters", 0, "proxy config clusters" },
        { "proxy-config-listeners", 0, "proxy config listeners" },
        { "proxy-config-endpoints", 0, "proxy config endpoints" },
        { "proxy-config-routes", 0, "proxy config routes" },
        { "proxy-config-all", 0, "proxy config all" },
    };

    public async ValueTask InitializeAsync()
    {
        await _server.InitializeAsync();
        _server
            .On("GET /v1/catalog/services", """{"web":[],"api":["a","b"],"konsul":["x: y"]}""")
            .On("GET /v1/health/service/api?passing", Entries)
            .On("GET /v1/health/service/nobody?passing", "[]")
            .On("PUT /v1/agent/service/register", "")
            .On("PUT /v1/agent/service/deregister/api-1", "")
            .On("GET /v1/connect/intentions", Intentions)
            .On("GET /v1/connect/intentions/exact?source=web&destination=api", """{"ID":"i1","SourceName":"web","DestinationName":"api","Action":"allow","Precedence":9}""")
            .On("PUT /v1/connect/intentions/exact?source=web&destination=api", "true")
            .On("DELETE /v1/connect/intentions/exact?source=web&destination=api", "true")
            .On("GET /v1/connect/intentions/check?source=web&destination=api", """{"Allowed":true}""")
            .On("GET /v1/connect/intentions/check?source=bad&destination=api", """{"Allowed":false}""")
            .On("GET /v1/kv/config/api/db_url", """[{"LockIndex":0,"Key":"config/api/db_url","Flags":0,"Value":"cG9zdGdyZXM6Ly94","CreateIndex":5,"ModifyIndex":18446744073709551615}]""")
            .On("PUT /v1/kv/config/api/db_url", "true")
            .On("PUT /v1/kv/config/api/db_url?cas=5", "false")
            .On("DELETE /v1/kv/config/api/db_url", "true")
            .On("GET /v1/kv/config/?keys", """["config/b","config/a"]""")
            .On("GET /v1/kv/config/a?versions", """[{"Version":2,"Key":"config/a","Flags":0,"Value":"dHdv","ModifyIndex":9},{"Version":1,"Key":"config/a","Flags":0,"Value":"b25lCg==","ModifyIndex":5,"ReplacedIndex":9}]""")
            .On("PUT /v1/kv/config/a?rollback=1", "true")
            .On("GET /v1/kv/config/?recurse", """[{"LockIndex":0,"Key":"config/a","Flags":18446744073709551615,"Value":"dHdv","CreateIndex":5,"ModifyIndex":9},{"LockIndex":0,"Key":"config/ö","Flags":0,"Value":null,"CreateIndex":5,"ModifyIndex":9}]""")
            .On("GET /v1/session/list", $"[{Session.Replace("s1", "s2", StringComparison.Ordinal)},{Session}]")
            .On("PUT /v1/session/create", """{"ID":"s1"}""")
            .On("PUT /v1/session/destroy/s1", "true")
            .On("PUT /v1/session/renew/s1", $"[{Session}]")
            .On("GET /v1/connect/ca/roots", Roots)
            .On("GET /v1/connect/ca/rotation", Rotation)
            .On("PUT /v1/connect/ca/rotation", """{"RootID":"0a:0b"}""")
            .On("DELETE /v1/connect/ca/rotation", """{"RootID":"0a:0b"}""")
            .On("GET /v1/operator/raft/configuration", Servers)
            .On("POST /v1/operator/raft/transfer-leader?id=00000000000000a1", """{"Success":true}""")
            .On("POST /v1/operator/raft/replace-peer?id=00000000000000b2&with=00000000000000c3", """{"Success":true}""")
            .On("POST /v1/operator/raft/transfer-leader", """{"Success":false}""")
            .On("DELETE /v1/operator/raft/peer?id=00000000000000b2", "")
            .On("GET /v1/mesh/proxies", Proxies)
            .On("GET /config_dump", Dump);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Verb_EveryFormat_SameCodeAndGoldenOutput(string golden, int code, string commandLine)
    {
        if (golden == "service-list-empty")
        {
            _server.On("GET /v1/catalog/services", "{}");
        }

        foreach (var format in (string[])["table", "wide", "json", "yaml", "name"])
        {
            string[] where = commandLine.StartsWith("service register", StringComparison.Ordinal) ? ["--http-addr", _server.Address]
                : commandLine.StartsWith("proxy config", StringComparison.Ordinal) ? ["--admin-addr", _server.Address]
                : ["--address", _server.Address];
            var run = await CliRun.OfAsync([.. commandLine.Split(' '), "-o", format, .. where]);

            Assert.True(code == run.Code, $"{format}: exit code {run.Code}; {run.Error}");
            GoldenFile.Check($"{golden}.{format}.txt", run.Out);
        }
    }

    [Fact]
    public async Task Table_OnATerminal_IsTheSameWordsAndObeysColor()
    {
        string[] list = ["intention", "list", "--address", _server.Address];

        var plain = await CliRun.OfAsync([.. list, "--color", "never"], width: 100);
        var colored = await CliRun.OfAsync(list, width: 100);
        var noColor = await CliRun.OfAsync(list, new() { ["NO_COLOR"] = "1" }, width: 100);

        Assert.Equal(["SOURCE", "ACTION", "DESTINATION", "PRECEDENCE"], plain.Out.Split('\n')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.DoesNotContain("\u001b", plain.Out, StringComparison.Ordinal);
        Assert.Contains("\u001b[1m", colored.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b", noColor.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NoHeaders_Table_StartsWithData()
    {
        var run = await CliRun.OfAsync(["kv", "list", "config/", "--no-headers", "--address", _server.Address]);

        Assert.Equal("config/a\nconfig/b\n", run.Out);
    }

    [Fact]
    public async Task Table_HostileNames_CannotDriveTheTerminal()
    {
        _server.On("GET /v1/catalog/services", """{"evil\u001b[2J\nname":[]}""");

        var run = await CliRun.OfAsync(["service", "list", "--address", _server.Address]);

        Assert.Equal("NAME                     TAGS\nevil\\u001b[2J\\u000aname\n", run.Out);
    }

    [Fact]
    public async Task Pem_Roots_PrintsTheActiveOneFirst()
    {
        var run = await CliRun.OfAsync(["ca", "roots", "--pem", "--address", _server.Address]);

        Assert.Equal(
            "-----BEGIN CERTIFICATE-----\nNEW\n-----END CERTIFICATE-----\n-----BEGIN CERTIFICATE-----\nOLD\n-----END CERTIFICATE-----\n", run.Out);
    }
}
