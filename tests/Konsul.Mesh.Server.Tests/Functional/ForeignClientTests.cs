using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace Konsul.Mesh.Server.Tests.Functional;

/// <summary>Programs of others as clients of the server, as their users use them.</summary>
public sealed class ForeignClientTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task NodeConsul_EveryStep_Holds()
    {
        var folder = Path.Combine(SourceFolder(), "..", "interop");
        var node = await RunAsync(folder, "node", "--version");
        Assert.SkipUnless(node.Code == 0, $"node is needed: {node.Output}");
        if (!Directory.Exists(Path.Combine(folder, "node_modules", "consul")))
        {
            var install = await RunAsync(folder, "npm", "ci", "--ignore-scripts");
            Assert.SkipUnless(install.Code == 0, $"the npm package consul cannot be installed: {install.Output}");
        }

        await using var server = await TestServer.StartAsync();

        var (code, output) = await RunAsync(folder, "node", "client.mjs", server.Server.HttpPort.ToString(CultureInfo.InvariantCulture));

        Assert.True(code == 0, output);
    }

    [Fact]
    public async Task Promtool_MetricsPage_FindsNothing()
    {
        var folder = Path.GetTempPath();
        var version = await RunAsync(folder, "promtool", "--version");
        Assert.SkipUnless(version.Code == 0, $"promtool is needed: {version.Output}");
        await using var server = await TestServer.StartAsync();
        await server.GetAsync("/v1/catalog/nodes");
        await server.MustPutAsync("/v1/kv/a", "b");
        var page = await server.UntilAsync("/metrics", r => r.Text.Contains("route=\"/v1/kv/\"", StringComparison.Ordinal));
        var file = Path.Combine(Path.GetDirectoryName(server.DataDirectory)!, "page.txt");
        await File.WriteAllBytesAsync(file, page.Body);

        var (code, output) = await RunAsync(folder, "sh", "-c", $"promtool check metrics < '{file}'");

        Assert.Equal((0, ""), (code, output));
    }

    private static async Task<(int Code, string Output)> RunAsync(string folder, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            using var process = Process.Start(start)!;
            var texts = Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            using var deadline = new CancellationTokenSource(Patience);
            try
            {
                await process.WaitForExitAsync(deadline.Token);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
            }

            return (process.HasExited ? process.ExitCode : -1, string.Concat(await texts));
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return (-1, e.Message);
        }
    }

    private static string SourceFolder([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
