using System.Net.Sockets;
using Konsul.Mesh.TestKit;
using Konsul.Mesh.TestKit.Processes;

namespace Konsul.Mesh.EndToEnd.Tests;

/// <summary>How the programs behave as programs: options, exit codes, damaged data, ports, metrics.</summary>
public sealed class ProgramTests
{
    public static TheoryData<string, string[], int, string> BadStarts => new()
    {
        { "server", ["--dev", "--no-such-flag"], 64, "no-such-flag" },
        { "server", ["--dev", "--http-addr", "not an address"], 64, "http-addr" },
        { "server", ["--dev", "--bootstrap-expect", "many"], 64, "bootstrap-expect" },
        { "server", [], 64, "data-dir" },
        { "proxy", [], 64, "sidecar" },
        { "proxy", ["sidecar"], 64, "service" },
        { "proxy", ["sidecar", "--service", "api", "--service-port", "99999"], 64, "service-port" },
        { "proxy", ["sidecar", "--service", "api", "--service-port", "80", "--upstream", "nonsense"], 64, "upstream" },
        { "ctl", ["nonsense"], 64, "nonsense" },
    };

    [Theory]
    [MemberData(nameof(BadStarts))]
    public async Task Start_BadOption_OneLineNamesItAndNothingListens(string program, string[] arguments, int code, string named)
    {
        var file = program switch { "server" => Programs.Server, "proxy" => Programs.Proxy, _ => Programs.Ctl };

        await using var process = ProgramProcess.Start(program, file, arguments);

        Assert.Equal(code, await process.WaitForExitAsync());
        Assert.Contains(named, process.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", process.Output, StringComparison.Ordinal);
        if (program != "ctl")
        {
            Assert.Single(process.Lines);
        }
    }

    [Theory]
    [InlineData("server")]
    [InlineData("proxy")]
    [InlineData("ctl")]
    public async Task Version_Asked_IsPrinted(string program)
    {
        var file = program switch { "server" => Programs.Server, "proxy" => Programs.Proxy, _ => Programs.Ctl };

        await using var process = ProgramProcess.Start(program, file, program == "ctl" ? ["version"] : ["--version"]);

        Assert.Equal(0, await process.WaitForExitAsync());
        Assert.Contains("0.1.0", process.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_PortTaken_Exits69AndNamesTheAddress()
    {
        using var folder = new TemporaryFolder();
        using var taken = new TcpListener(System.Net.IPAddress.Loopback, 0);
        taken.Start();
        var address = taken.LocalEndpoint.ToString()!;

        await using var process = ProgramProcess.Start(
            "konsul-server", Programs.Server, ["--dev", "--data-dir", folder.File("data"), "--http-addr", address, "--grpc-addr", "127.0.0.1:0"]);

        Assert.Equal(69, await process.WaitForExitAsync());
        Assert.Contains(address, process.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", process.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_DataDirectoryDamaged_NamesFileAndOffsetAndDoesNotStart()
    {
        using var folder = new TemporaryFolder();
        await using (var server = await ServerProcess.StartAsync(folder.Path))
        {
            for (var i = 0; i < 20; i++)
            {
                using var put = await server.Http.PutAsync($"/v1/kv/key{i}", new StringContent(new string('x', 500)));
            }

            await server.KillAsync();
        }

        var segment = Directory.EnumerateFiles(Path.Combine(folder.Path, "data"), "*", SearchOption.AllDirectories).MaxBy(f => new FileInfo(f).Length)!;
        var bytes = await File.ReadAllBytesAsync(segment);
        bytes[Array.FindLastIndex(bytes, b => b != 0) / 2] ^= 0xff;
        await File.WriteAllBytesAsync(segment, bytes);

        await using var again = ProgramProcess.Start(
            "konsul-server", Programs.Server,
            ["--dev", "--data-dir", folder.File("data"), "--http-addr", "127.0.0.1:0", "--grpc-addr", "127.0.0.1:0"]);

        Assert.Equal(65, await again.WaitForExitAsync());
        Assert.Contains(Path.GetFileName(segment), again.Output, StringComparison.Ordinal);
        Assert.Matches("at byte [0-9]+", again.Output);
        Assert.DoesNotContain("   at ", again.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_OfServerAndSidecar_PromtoolFindsNothing()
    {
        Assert.SkipUnless(Programs.Find("promtool") is not null, "promtool is not installed");
        await using var mesh = await MeshHarness.StartAsync();
        var app = mesh.Keep(await EchoApp.StartAsync("api-1"));
        var port = FreePorts.Next();
        var sidecar = await mesh.AddSidecarAsync("api-1", "api", app.Port, "--protocol", "http", "--upstream", $"api:{port}");
        using var client = new HttpClient();
        await Eventually.HoldsAsync("api answers", async () => (await client.GetAsync($"http://127.0.0.1:{port}/")).IsSuccessStatusCode);

        foreach (var (name, page) in new[]
        {
            ("server", await mesh.Server.Http.GetStringAsync("/metrics")),
            ("sidecar", await sidecar.Admin.GetStringAsync("/metrics")),
        })
        {
            var file = Path.Combine(mesh.Folder, $"{name}.prom");
            await File.WriteAllTextAsync(file, page);
            await using var promtool = ProgramProcess.Start("promtool", "/bin/sh", ["-c", $"promtool check metrics < {file}"]);
            var code = await promtool.WaitForExitAsync();

            Assert.True(code == 0 && promtool.Output.Length == 0, $"{name}: exit code {code}\n{promtool.Output}");
        }

        Assert.Contains("konsul_mesh_requests_total", await sidecar.Admin.GetStringAsync("/metrics"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Garbage_OnEveryListener_NothingElseNotices()
    {
        await using var mesh = await MeshHarness.StartAsync();
        var app = mesh.Keep(await EchoApp.StartAsync("api-1"));
        var upstream = FreePorts.Next();
        var sidecar = await mesh.AddSidecarAsync("api-1", "api", app.Port, "--protocol", "http", "--upstream", $"api:{upstream}");
        using var client = new HttpClient();
        await Eventually.HoldsAsync("api answers", async () => (await client.GetAsync($"http://127.0.0.1:{upstream}/")).IsSuccessStatusCode);
        var random = new Random(7);
        int[] ports = [mesh.Server.HttpPort, mesh.Server.GrpcPort, upstream, .. sidecar.Ports.Values];

        foreach (var port in ports)
        {
            for (var i = 0; i < 20; i++)
            {
                var garbage = new byte[random.Next(1, 4096)];
                random.NextBytes(garbage);
                await SendAsync(port, garbage);
            }
        }

        Assert.Equal("api-1", await client.GetStringAsync($"http://127.0.0.1:{upstream}/"));
        Assert.Contains("api", await mesh.Server.Http.GetStringAsync("/v1/catalog/services"), StringComparison.Ordinal);
        Assert.True((await sidecar.Admin.GetAsync("/ready")).IsSuccessStatusCode);
    }

    private static async Task SendAsync(int port, byte[] bytes)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync("127.0.0.1", port);
            var stream = client.GetStream();
            await stream.WriteAsync(bytes);
            client.Client.Shutdown(SocketShutdown.Send);
            using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(5));
            await stream.CopyToAsync(Stream.Null, deadline.Token);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
            // However the listener ends it is its affair.
        }
    }
}
