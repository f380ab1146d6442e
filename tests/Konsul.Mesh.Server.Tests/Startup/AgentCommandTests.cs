using Konsul.Mesh.Hosting.Lifecycle;
using Konsul.Mesh.Hosting.Options;
using Konsul.Mesh.Server.Startup;
using Konsul.Mesh.Server.Startup.Agent;
using Konsul.Mesh.TestKit;

namespace Konsul.Mesh.Server.Tests.Startup;

public sealed class AgentCommandTests
{
    [Fact]
    public void Translate_DnsPortOff_DnsIsNotServed()
    {
        var options = Translate("-dev", "-hcl", "ports { dns = -1 }");

        Assert.Contains("--dns-enabled=false", options);
        Assert.DoesNotContain(options, o => o.StartsWith("--dns-addr", StringComparison.Ordinal));
    }

    [Fact]
    public void Translate_DevWithPythonConsulsFlags_IsADevServer()
    {
        var options = Translate("-dev", "-bind=127.0.0.1", "-hcl", "ports { http = 18500 dns = 18600 server = 18300 grpc = 18502 grpc_tls = -1 serf_lan = 18301 }");

        Assert.Contains("--dev", options);
        Assert.Contains("--http-addr=127.0.0.1:18500", options);
        Assert.Contains("--raft-addr=127.0.0.1:18300", options);
        Assert.Contains("--dns-addr=127.0.0.1:18600", options);
        Assert.Contains("--grpc-addr=127.0.0.1:18502", options);
        Assert.Contains("--default-intention-policy=allow", options);
    }

    [Fact]
    public void Translate_NodeConsulsServer_ListensWhereConsulDoes()
    {
        using var folder = new TemporaryFolder();
        var file = folder.File("config.json");
        File.WriteAllText(file, """{"primary_datacenter":"dc1","acl":{"enabled":false},"enable_script_checks":true}""");

        var options = Translate(
            "-node", "node1", "-datacenter", "dc1", "-bind", "127.0.0.1", "-client", "127.0.0.1", "-bootstrap", "-server", "-config-file", file, "-data-dir", "/tmp/d",
            "-pid-file", "/tmp/p");

        Assert.Equal(
            [
                "--node-id=node1", "--data-dir=/tmp/d", "--datacenter=dc1", "--primary-datacenter=dc1", "--http-addr=127.0.0.1:8500", "--grpc-addr=127.0.0.1:8503",
                "--dns-addr=127.0.0.1:8600", "--raft-addr=127.0.0.1:8300", "--advertise-addr=127.0.0.1", "--default-intention-policy=allow", "--pid-file=/tmp/p",
                "--enable-script-checks",
            ],
            options);
    }

    [Fact]
    public void Translate_GoTestServersConfig_IsUnderstoodWhole()
    {
        using var folder = new TemporaryFolder();
        var file = folder.File("config.json");
        File.WriteAllText(file, """
            {"node_name":"node-1f","node_id":"40e4a748-2192-161a-0510-9bf59fe950b5","performance":{"raft_multiplier":1},"bootstrap":true,"server":true,"data_dir":"/tmp/x",
             "log_level":"debug","bind_addr":"127.0.0.1","addresses":{"grpc":"127.0.0.2"},"connect":{"enabled":true,"ca_config":{"cluster_id":"11111111-2222-3333-4444-555555555555"}},
             "ports":{"dns":1,"http":2,"https":3,"serf_lan":4,"serf_wan":5,"server":6,"grpc":7},"enable_debug":true,"peering":{"enabled":true},
             "acl":{"enabled":true,"default_policy":"deny","tokens":{"initial_management":"root","agent":"root"}},"node_meta":{"consul-version":"1"}}
            """);

        var (options, ignored) = TranslateAll("-config-file", file);

        Assert.Contains("--raft-addr=127.0.0.1:6", options);
        Assert.Contains("--grpc-addr=127.0.0.2:7", options);
        Assert.Contains("--acl-enabled", options);
        Assert.Contains("--initial-management-token=root", options);
        Assert.Contains("--default-intention-policy=deny", options);
        Assert.Contains("--node-meta=consul-version:1", options);
        Assert.Contains("performance", ignored);
    }

    [Fact]
    public void Translate_SeveralSources_LaterOnesWinAndFlagsLast()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("d"));
        File.WriteAllText(folder.File("d/b.json"), """{"datacenter":"second","retry_join":["10.0.0.2"]}""");
        File.WriteAllText(folder.File("d/a.hcl"), "datacenter = \"first\"\nretry_join = [\"10.0.0.1:8301\"]\nserver = true\n");
        File.WriteAllText(folder.File("d/notes.txt"), "{{{");

        var options = Translate("-data-dir=/tmp/x", "-config-dir", folder.File("d"), "-retry-join=[fe80::1]:99", "-node=n");

        Assert.Contains("--datacenter=second", options);
        Assert.Equal(["--retry-join=10.0.0.1:8300", "--retry-join=10.0.0.2:8300", "--retry-join=[fe80::1]:99"], options.Where(o => o.StartsWith("--retry-join", StringComparison.Ordinal)));
        Assert.Contains("--node-id=n", Translate("-dev", "-node=m", "-node=n"));
    }

    [Theory]
    [InlineData("flag provided but not defined: -frob", "-dev", "-frob")]
    [InlineData("flag needs an argument: -node", "-dev", "-node")]
    [InlineData("unexpected argument \"stray\"", "-dev", "stray")]
    [InlineData("invalid boolean value \"maybe\" for -server", "-server=maybe")]
    [InlineData("invalid value \"x\" for flag -http-port", "-dev", "-http-port=x")]
    [InlineData("ports.http: 70000 is not a port", "-dev", "-http-port=70000")]
    [InlineData("client_addr: \"nowhere\" is not an IP address", "-dev", "-client=nowhere")]
    [InlineData("konsul-server is a server", "-data-dir=/tmp")]
    [InlineData("a server needs -bootstrap", "-server", "-data-dir=/tmp")]
    [InlineData("mutually exclusive", "-server", "-bootstrap", "-bootstrap-expect=3")]
    [InlineData("invalid config key frobnicate", "-dev", "-hcl=frobnicate = 1")]
    [InlineData("services and checks are registered over the HTTP API", "-dev", "-hcl=service { name = \"x\" }")]
    [InlineData("because it would have no effect", "-dev", "-hcl=tls { defaults { verify_incoming = true } }")]
    [InlineData("config key node_name wants a string", "-dev", "-hcl=node_name = [1]")]
    [InlineData("-hcl: line 2: a list is not closed", "-dev", "-hcl=a = 1\nb = [")]
    [InlineData("cannot read /no/such/file", "-dev", "-config-file=/no/such/file")]
    public void Translate_WhatCannotBe_IsOneSentence(string words, params string[] arguments)
    {
        var refusal = Assert.Throws<StartupException>(() => Translate(arguments));

        Assert.Equal(ExitCode.Usage, refusal.ExitCode);
        Assert.Contains(words, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Translate_Options_AreThoseOfTheServer()
    {
        var options = Translate("-dev", "-node=n", "-log-level=WARN", "-log-json", "-node-meta=a:b", "-enable-script-checks", "-advertise=10.1.1.1");

        var settings = ServerSettings.From(ServerOptions.Schema.Parse(new ProcessEnvironment(options, new Dictionary<string, string>(), Stream.Null, Stream.Null)).Values!);

        Assert.Equal(("n", true, "b", "10.1.1.1"), (settings.NodeName, settings.EnableScriptChecks, settings.NodeMeta["a"], settings.Advertise!.ToString()));
        Directory.Delete(settings.Temporary!, recursive: true);
    }

    private static IReadOnlyList<string> Translate(params string[] arguments) => TranslateAll(arguments).Options;

    private static (IReadOnlyList<string> Options, IReadOnlyList<string> Ignored) TranslateAll(params string[] arguments)
    {
        var (flags, sources, _) = AgentFlags.Read(arguments);
        var all = AgentConfigFiles.Read(sources);
        ConfigTree.Merge(all, flags);
        return AgentTranslator.Translate(new AgentConfig(all));
    }
}
