using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Konsul.Mesh.Hosting.Admin;
using Konsul.Mesh.Hosting.Lifecycle;
using Konsul.Mesh.Hosting.Options;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Hosting.Tests.Lifecycle;

public sealed class ProgramRunnerTests
{
    private readonly MemoryStream _out = new();
    private readonly MemoryStream _error = new();

    private string Out => Encoding.UTF8.GetString(_out.ToArray());

    private string Error => Encoding.UTF8.GetString(_error.ToArray());

    private static OptionSchema Schema => new OptionSchema("konsul-test", "a program", "9.8.7").AddCommon()
        .Add(OptionSpec.Listen("http-addr", "Where", "127.0.0.1:0"));

    [Fact]
    public async Task RunAsync_BadOption_OneLineAndNoMain()
    {
        var ran = false;

        var code = await RunAsync(["--htp-addr", "x"], _ => { ran = true; return Task.FromResult(0); });

        Assert.Equal(64, code);
        Assert.False(ran);
        Assert.Equal("konsul-test: unknown option --htp-addr; did you mean --http-addr?\n", Error);
        Assert.Empty(Out);
    }

    [Fact]
    public async Task RunAsync_Version_GoesToStandardOutput()
    {
        Assert.Equal(0, await RunAsync(["--version"], _ => Task.FromResult(1)));
        Assert.Equal("konsul-test 9.8.7\n", Out);
        Assert.Empty(Error);
    }

    [Fact]
    public async Task RunAsync_StartupException_ItsCodeAndOneLine()
    {
        var code = await RunAsync(["--log-level=off"], _ => throw new StartupException(ExitCode.BadFile, "data directory /x is\ndamaged"));

        Assert.Equal(65, code);
        Assert.Equal("konsul-test: data directory /x is damaged\n", Error);
    }

    [Fact]
    public async Task RunAsync_Bug_Exits70WithoutStackTrace()
    {
        var code = await RunAsync(["--log-level=off"], _ => throw new InvalidOperationException("oops"));

        Assert.Equal(70, code);
        Assert.Equal("konsul-test: internal error: InvalidOperationException: oops\n", Error);
    }

    [Fact]
    public async Task RunAsync_PortTaken_Exits69()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var address = $"127.0.0.1:{((IPEndPoint)taken.LocalEndpoint).Port}";

        var code = await RunAsync(["--log-level=off", "--http-addr", address], async context =>
        {
            await using var admin = new AdminEndpoint(AdminOptions.From(context, context.Values.HostPort("http-addr"), TimeSpan.Zero));
            await admin.StartAsync(CancellationToken.None);
            return 0;
        });

        Assert.Equal(69, code);
        Assert.Contains(address, Error, StringComparison.Ordinal);
        Assert.Equal(1, Error.Count(c => c == '\n'));
    }

    [Fact]
    public async Task RunAsync_Main_GetsItsContextAndReturnsItsCode()
    {
        var code = await RunAsync(["--log-format", "json"], context =>
        {
            context.Logging.Factory.CreateLogger("Konsul.Mesh.X").LogInformation("works");
            return Task.FromResult(3);
        });

        Assert.Equal(3, code);
        Assert.Contains("\"message\":\"konsul-test 9.8.7 starts.\"", Error, StringComparison.Ordinal);
        Assert.Contains("\"message\":\"works\"", Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WatchSignals_Terminate_DrainsAndMainReturns()
    {
        var code = await RunAsync([], async context =>
        {
            using var signals = context.WatchSignals(TimeSpan.FromSeconds(30));
            var work = context.Drain.Watch();
            signals.Received(new PosixSignalContext(PosixSignal.SIGTERM));
            await context.WhenDrainingAsync();
            work.Dispose();
            return await context.Drain.StartAsync(TimeSpan.Zero) ? ExitCode.Ok : ExitCode.Internal;
        });

        Assert.Equal(0, code);
        Assert.Contains("Asked to stop; draining for 00:00:30 at most.", Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reload_BadFile_KeepsTheOldAndSaysSo()
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, "log_level: info\n", TestContext.Current.CancellationToken);
            var applied = new List<string>();

            await RunAsync(["--config", file], async context =>
            {
                await File.WriteAllTextAsync(file, "log_level: loud\n");
                context.Reload(v => applied.Add(v.Text("log-level")));
                Assert.Equal(LogLevel.Information, context.Logging.Level);
                await File.WriteAllTextAsync(file, "log_level: debug\n");
                context.Reload(v => applied.Add(v.Text("log-level")));
                Assert.Equal(LogLevel.Debug, context.Logging.Level);
                return 0;
            });

            Assert.Equal(["debug"], applied);
            Assert.Contains("The new configuration is refused, the old one is kept: ", Error, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void Write_PortsFile_IsWholeAndLeavesNothingBeside()
    {
        var directory = Directory.CreateTempSubdirectory("konsul-ports-");
        try
        {
            var path = Path.Combine(directory.FullName, "ports.json");
            var ports = new PortsFile(path);
            ports.Add("http", 8500);
            ports.Add("dns", 8600);

            ports.Write();

            Assert.Equal("{\"dns\":8600,\"http\":8500}", File.ReadAllText(path));
            Assert.Single(directory.GetFiles());
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public void Write_PortsFileNowhere_IsAStartupFailure()
    {
        var ports = new PortsFile("/nowhere/at/all/ports.json");

        var failure = Assert.Throws<StartupException>(ports.Write);

        Assert.Equal(69, failure.ExitCode);
    }

    private Task<int> RunAsync(string[] arguments, Func<ProgramContext, Task<int>> main) =>
        ProgramRunner.RunAsync(Schema, new ProcessEnvironment(arguments, new Dictionary<string, string>(), _out, _error), main);
}
