using System.Text;
using Konsul.Mesh.Hosting.Lifecycle;
using Konsul.Mesh.Hosting.Options;

namespace Konsul.Mesh.Hosting.Tests.Options;

public sealed class OptionSchemaTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("konsul-options-").FullName;

    private static OptionSchema Schema => new OptionSchema("konsul-test", "a program for tests", "1.2.3").AddCommon().Add(
        OptionSpec.Text("data-dir", "Where data lives", "/data") with { EnvironmentAliases = ["KONSUL_PERSISTENCE_DATA_DIR", "KONSUL_OLD_DIR"] },
        OptionSpec.Flag("dev", "One node"),
        OptionSpec.Integer("expect", "Servers", 1, 1, 9),
        OptionSpec.Duration("drain-timeout", "How long", "30s"),
        OptionSpec.Listen("http-addr", "Where to listen", "127.0.0.1:8500"),
        OptionSpec.HostPort("server", "Whom to dial"),
        OptionSpec.List("join", "Others"),
        OptionSpec.Choice("policy", "Default", "deny", "allow", "deny"),
        OptionSpec.Secret("token", "Secret"));

    private static OptionSchema WithVerbs => new OptionSchema("konsul-proxy", "a proxy", "1.2.3").AddCommon()
        .Verb("sidecar", "beside a workload", OptionSpec.Text("service", "Name"))
        .Verb("gateway", "between datacenters", OptionSpec.Choice("kind", "Kind", "mesh", "mesh", "ingress"));

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Parse_Nothing_GivesDefaults()
    {
        var values = Values([]);

        Assert.Equal("/data", values.Text("data-dir"));
        Assert.False(values.Flag("dev"));
        Assert.Equal(1, values.Integer("expect"));
        Assert.Equal(TimeSpan.FromSeconds(30), values.Duration("drain-timeout"));
        Assert.Equal(new HostPort("127.0.0.1", 8500), values.HostPort("http-addr"));
        Assert.Null(values.HostPortOrNull("server"));
        Assert.Empty(values.List("join"));
        Assert.False(values.IsSet("data-dir"));
    }

    [Fact]
    public void Parse_Precedence_FlagBeatsEnvironmentBeatsFile()
    {
        var file = Write("data_dir: /file\nexpect: 3\ndrain_timeout: 1m30s\njoin: [a:1, b:2]\ndev: true\n");
        var variables = new Dictionary<string, string> { ["KONSUL_DATA_DIR"] = "/env", ["KONSUL_EXPECT"] = "5", ["KONSUL_CONFIG"] = file };

        var values = Values(["--data-dir", "/flag"], variables);

        Assert.Equal("/flag", values.Text("data-dir"));
        Assert.Equal(5, values.Integer("expect"));
        Assert.Equal(TimeSpan.FromSeconds(90), values.Duration("drain-timeout"));
        Assert.Equal(["a:1", "b:2"], values.List("join"));
        Assert.True(values.Flag("dev"));
        Assert.Equal("/flag (flag)", values.Describe()["data-dir"]);
        Assert.Equal("5 (environment)", values.Describe()["expect"]);
        Assert.Equal("1m30s (file)", values.Describe()["drain-timeout"]);
    }

    [Fact]
    public void Parse_Alias_CountsUnlessTheOwnNameIsSet()
    {
        Assert.Equal("/alias", Values([], new() { ["KONSUL_PERSISTENCE_DATA_DIR"] = "/alias" }).Text("data-dir"));
        Assert.Equal("/alias", Values([], new() { ["KONSUL_OLD_DIR"] = "/old", ["KONSUL_PERSISTENCE_DATA_DIR"] = "/alias" }).Text("data-dir"));
        Assert.Equal("/own", Values([], new() { ["KONSUL_PERSISTENCE_DATA_DIR"] = "/alias", ["KONSUL_DATA_DIR"] = "/own" }).Text("data-dir"));
    }

    [Theory]
    [InlineData("--data-dir=/x=y", "data-dir", "/x=y")]
    [InlineData("--dev=false", "dev", "false")]
    [InlineData("--http-addr=:0", "http-addr", ":0")]
    [InlineData("--http-addr=[::1]:80", "http-addr", "[::1]:80")]
    public void Parse_EqualsForm_TakesTheRest(string flag, string name, string expected) => Assert.Equal(expected, Values([flag]).Text(name));

    [Fact]
    public void Parse_RepeatedList_Collects() =>
        Assert.Equal(["a", "b", "c"], Values(["--join", "a, b", "--join=c"]).List("join"));

    [Theory]
    [InlineData("unknown option --data-dri; did you mean --data-dir?", "--data-dri", "x")]
    [InlineData("unknown option --zzzzzzzzzzzz", "--zzzzzzzzzzzz")]
    [InlineData("option --data-dir needs a value", "--data-dir")]
    [InlineData("option --data-dir is given twice", "--data-dir", "a", "--data-dir", "b")]
    [InlineData("option --expect must be a whole number from 1 to 9, not \"ten\"", "--expect", "ten")]
    [InlineData("option --expect must be a whole number from 1 to 9, not \"10\"", "--expect", "10")]
    [InlineData("option --dev must be true or false, not \"maybe\"", "--dev=maybe")]
    [InlineData("option --drain-timeout must be a duration such as 30s, 1m30s or 100ms, not \"30\"", "--drain-timeout", "30")]
    [InlineData("option --http-addr must be HOST:PORT, not \"8500\"", "--http-addr", "8500")]
    [InlineData("option --http-addr must be HOST:PORT, not \"a:65536\"", "--http-addr", "a:65536")]
    [InlineData("option --http-addr must be an IP address and a port to listen on, not \"example.org:80\"", "--http-addr", "example.org:80")]
    [InlineData("option --server must be HOST:PORT, not \"http://x:1\"", "--server", "http://x:1")]
    [InlineData("option --policy must be one of allow, deny, not \"perhaps\"", "--policy", "perhaps")]
    [InlineData("option --log-level must be one of trace, debug, info, warn, error, off, not \"loud\"", "--log-level", "loud")]
    [InlineData("unexpected argument \"extra\"", "extra")]
    [InlineData("unexpected argument \"-x\"", "-x")]
    public void Parse_BadFlag_NamesItAndExits64(string sentence, params string[] arguments)
    {
        var failure = Assert.Throws<StartupException>(() => Values(arguments));

        Assert.Equal(sentence, failure.Message);
        Assert.Equal(64, failure.ExitCode);
    }

    [Fact]
    public void Parse_BadVariable_NamesIt()
    {
        var failure = Assert.Throws<StartupException>(() => Values([], new() { ["KONSUL_EXPECT"] = "many" }));

        Assert.Equal("environment variable KONSUL_EXPECT must be a whole number from 1 to 9, not \"many\"", failure.Message);
        Assert.Equal(64, failure.ExitCode);
    }

    [Fact]
    public void Parse_UnknownVariable_WarnsOnly()
    {
        var values = Values([], new()
        {
            ["KONSUL_DATA_DRI"] = "x",
            ["KONSUL_SERVER_PORT_8500_TCP"] = "tcp://10.0.0.1:8500",
            ["KONSUL_SERVER_SERVICE_HOST"] = "10.0.0.1",
            ["OTHER"] = "y",
        });

        Assert.Equal("environment variable KONSUL_DATA_DRI is not known and is ignored; did you mean KONSUL_DATA_DIR?", Assert.Single(values.Warnings));
    }

    [Theory]
    [InlineData("data_dir: /x\nexpcet: 3\n", 64, "FILE line 2: unknown key expcet; did you mean expect?")]
    [InlineData("\n\nexpect: lots\n", 64, "FILE line 3: expect must be a whole number from 1 to 9, not \"lots\"")]
    [InlineData("data_dir: {a: b}\n", 64, "FILE line 1: data_dir must be a single value")]
    [InlineData("join: [[a]]\n", 64, "FILE line 1: join must be a list of words")]
    [InlineData("config: other.yaml\n", 64, "FILE line 1: unknown key config")]
    [InlineData("- a\n- b\n", 65, "the configuration file FILE must be one mapping of keys to values")]
    [InlineData("? [a]\n: b\n", 65, "FILE line 1: a key must be a word")]
    public void Parse_BadFile_NamesLineAndKey(string yaml, int code, string sentence)
    {
        var file = Write(yaml);

        var failure = Assert.Throws<StartupException>(() => Values(["--config", file]));

        Assert.Equal(sentence.Replace("FILE", file, StringComparison.Ordinal), failure.Message);
        Assert.Equal(code, failure.ExitCode);
    }

    [Theory]
    [InlineData("data_dir: [unclosed\n")]
    [InlineData("a: b: c\n")]
    [InlineData("data_dir: /x\ndata_dir: /y\n")]
    [InlineData("%$\u0000\u0001garbage")]
    public void Parse_NotYaml_Exits65(string yaml)
    {
        var file = Write(yaml);

        var failure = Assert.Throws<StartupException>(() => Values(["--config", file]));

        Assert.Equal(65, failure.ExitCode);
        Assert.StartsWith($"{file} line ", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_MissingFile_Exits65()
    {
        var failure = Assert.Throws<StartupException>(() => Values(["--config", "/nowhere/at/all.yaml"]));

        Assert.Equal(65, failure.ExitCode);
        Assert.StartsWith("cannot read the configuration file /nowhere/at/all.yaml", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("# only a comment\n")]
    [InlineData("data_dir: ~\nexpect:\n")]
    public void Parse_EmptyFile_GivesDefaults(string yaml) => Assert.Equal("/data", Values(["--config", Write(yaml)]).Text("data-dir"));

    [Fact]
    public void Describe_Secret_IsMasked() => Assert.Equal("**** (flag)", Values(["--token", "s3cret"]).Describe()["token"]);

    [Fact]
    public void Parse_Verb_DecidesTheOptions()
    {
        var values = WithVerbs.Parse(Environment(["sidecar", "--service", "gateway"])).Values!;

        Assert.Equal("sidecar", values.Verb);
        Assert.Equal("gateway", values.Text("service"));
        Assert.Equal(
            "unknown option --kind",
            Assert.Throws<StartupException>(() => WithVerbs.Parse(Environment(["sidecar", "--kind", "mesh"]))).Message);
    }

    [Theory]
    [InlineData("a verb is missing: one of sidecar, gateway")]
    [InlineData("unexpected argument \"sidecra\"; did you mean sidecar?", "sidecra")]
    [InlineData("unexpected argument \"gateway\"", "sidecar", "gateway")]
    public void Parse_BadVerb_Exits64(string sentence, params string[] arguments) =>
        Assert.Equal(sentence, Assert.Throws<StartupException>(() => WithVerbs.Parse(Environment(arguments))).Message);

    [Fact]
    public void Parse_FileSharedByVerbs_IsTaken()
    {
        var file = Write("service: web\nkind: ingress\n");

        var values = WithVerbs.Parse(Environment(["sidecar", "--config", file])).Values!;

        Assert.Equal("web", values.Text("service"));
    }

    [Fact]
    public void Parse_Help_ListsEveryOption()
    {
        var text = Schema.Parse(Environment(["--help"])).Text!;

        Assert.StartsWith("konsul-test: a program for tests\n\nUsage: konsul-test [options]\n", text, StringComparison.Ordinal);
        Assert.Contains("  --drain-timeout DURATION        How long (default 30s)\n", text, StringComparison.Ordinal);
        Assert.Contains("  --policy allow|deny             Default (default deny)\n", text, StringComparison.Ordinal);
        Assert.Contains("  --dev                           One node\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_Version_TellsIt() => Assert.Equal("konsul-test 1.2.3\n", Schema.Parse(Environment(["--version"])).Text);

    [Fact]
    public void Add_SameNameTwice_Throws() =>
        Assert.Throws<ArgumentException>(() => Schema.Add(OptionSpec.Flag("dev", "again")));

    private static ProcessEnvironment Environment(string[] arguments, Dictionary<string, string>? variables = null) =>
        new(arguments, variables ?? [], Stream.Null, Stream.Null);

    private static OptionValues Values(string[] arguments, Dictionary<string, string>? variables = null) =>
        Schema.Parse(Environment(arguments, variables)).Values!;

    private string Write(string yaml)
    {
        var path = Path.Combine(_directory, "konsul.yaml");
        File.WriteAllText(path, yaml, new UTF8Encoding(false));
        return path;
    }
}
