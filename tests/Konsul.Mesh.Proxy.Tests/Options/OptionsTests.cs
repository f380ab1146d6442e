namespace Konsul.Mesh.Proxy.Tests.Options;

public sealed class OptionsTests
{
    public static TheoryData<string, string> Wrong() => new()
    {
        { "", "verb is missing" },
        { "gateway --kind mesh --service gw", "gateway is not available" },
        { "sidecar", "--sidecar-for and --service" },
        { "sidecar --sidecar-for a --service b --service-port 1", "--sidecar-for and --service" },
        { "sidecar --sidecar-for a --upstream b:1", "--upstream goes with --service" },
        { "sidecar --service web", "--service-port is missing" },
        { "sidecar --service w!eb --service-port 1", "--service may hold only" },
        { "sidecar --service web --service-port 0", "--service-port must be" },
        { "sidecar --service web --service-port http", "--service-port must be" },
        { "sidecar --service web --service-port 1 --upstream api", "--upstream must be NAME:LOCAL_PORT" },
        { "sidecar --service web --service-port 1 --upstream api:0", "--upstream has a local port" },
        { "sidecar --service web --service-port 1 --upstream a_:1", "--upstream has a service name" },
        { "sidecar --service web --service-port 1 --upstream api:1:d/c", "--upstream has a datacenter" },
        { "sidecar --service web --service-port 1 --upstream a:1 --upstream b:1", "local port 1 twice" },
        { "sidecar --service web --service-port 1 --node n", "--node goes with --sidecar-for" },
        { "sidecar --service web --service-port 1 --protocol smtp", "--protocol must be one of" },
        { "sidecar --service web --service-port 1 --server nowhere", "--server must be HOST:PORT" },
        { "sidecar --service web --service-port 1 --agent-addr 0.0.0.0:8502", "--agent-addr must be a loopback address" },
        { "sidecar --service web --service-port 1 --service-address a:b:c:d", "--service-address must be" },
        { "sidecar --service web --service-port 1 --inbound-addr example.org:1", "--inbound-addr must be an IP address" },
        { "sidecar --service web --service-port 1 --drain-timeout soon", "--drain-timeout must be a duration" },
        { "sidecar --servic web", "unknown option --servic" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task Run_WrongUsage_ExitsWith64AndOneLineThatNamesIt(string arguments, string part)
    {
        var (exit, error) = await RunningProxy.RunAsync(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.Equal(64, exit);
        Assert.Contains(part, error, StringComparison.Ordinal);
        Assert.Equal(1, error.Count(c => c == '\n') - error.Split('\n').Count(l => l.Contains(" INFO ", StringComparison.OrdinalIgnoreCase)));
    }

    [Fact]
    public async Task Run_CaCertThatIsNone_ExitsWith65()
    {
        var file = Path.GetTempFileName();

        var (exit, error) = await RunningProxy.RunAsync("sidecar", "--service", "web", "--service-port", "1", "--ca-cert", file);

        File.Delete(file);
        Assert.Equal(65, exit);
        Assert.Contains(file, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--admin-addr")]
    [InlineData("--agent-addr")]
    [InlineData("--inbound-addr")]
    [InlineData("--outbound-addr")]
    public async Task Run_PortTaken_ExitsWith69AndNamesTheOption(string option)
    {
        using var taken = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        taken.Start();
        string[] all = ["--admin-addr", "--agent-addr", "--outbound-addr", "--inbound-addr"];
        var free = all.Where(o => o != option).SelectMany(o => new[] { o, "127.0.0.1:0" });

        var (exit, error) = await RunningProxy.RunAsync(
            ["sidecar", "--service", "web", "--service-port", "1", .. free, option, taken.LocalEndpoint.ToString()!]);

        Assert.Equal(69, exit);
        Assert.Contains(option, error, StringComparison.Ordinal);
    }
}
