using System.Globalization;
using System.Runtime.CompilerServices;
using Konsul.Mesh.TestKit.Processes;

namespace Konsul.Mesh.EndToEnd.Tests.Clients;

/// <summary>Clients that others wrote for Consul, against our binary started as theirs.</summary>
public sealed class AgentClientTests
{
    private const string Python = "/usr/bin/python3";

    [Fact]
    public async Task NodeConsul_AgentCatalogHealthEvents_EveryStepHolds()
    {
        Assert.SkipWhen(Programs.Find("node") is null || Programs.Find("npm") is null, "node and npm are needed");
        var packages = Path.Combine(Programs.Root, "tests", "Konsul.Mesh.Server.Tests", "interop");
        if (!Directory.Exists(Path.Combine(packages, "node_modules", "consul")))
        {
            await using var install = ProgramProcess.Start("npm", "npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], workingDirectory: packages);
            Assert.SkipUnless(await install.WaitForExitAsync() == 0, $"the npm package consul cannot be installed: {install.Output}");
        }

        await using var agent = await AgentProcess.StartAsync();
        await using var client = ProgramProcess.Start(
            "node-consul", "node", [Script("agent.mjs"), Text(agent.HttpPort), Text(agent.ServerPort)], new Dictionary<string, string> { ["NODE_MODULES"] = packages });

        Assert.True(await client.WaitForExitAsync() == 0, $"{client.Output}\n{agent.Process.Output}");
    }

    [Fact]
    public async Task PythonConsul_AgentCatalogHealthEvents_EveryStepHolds()
    {
        Assert.SkipUnless(File.Exists(Python), $"{Python} is needed");
        await using var asked = ProgramProcess.Start("python", Python, ["-c", "import consul"]);
        Assert.SkipUnless(await asked.WaitForExitAsync() == 0, "the Debian package python3-consul is needed");

        await using var agent = await AgentProcess.StartAsync();
        await using var client = ProgramProcess.Start("python-consul", Python, [Script("agent.py"), Text(agent.HttpPort)]);

        Assert.True(await client.WaitForExitAsync() == 0, $"{client.Output}\n{agent.Process.Output}");
    }

    [Fact]
    public async Task Agent_StartedAndInterrupted_WritesItsPidAndLeavesInOrder()
    {
        Assert.SkipWhen(IgnoredSignals.Contains(Signal.Interrupt), "this process was started with SIGINT ignored (a shell's &), which a program keeps");
        await using var agent = await AgentProcess.StartAsync();
        Assert.Equal(Text(agent.Process.Id), await File.ReadAllTextAsync(agent.PidFile));

        agent.Process.Send(Signal.Interrupt);

        Assert.Equal(0, await agent.Process.WaitForExitAsync());
        Assert.False(File.Exists(agent.PidFile));
    }

    [Fact]
    public async Task Version_AsJson_IsWhatSuitesParse()
    {
        await using var process = ProgramProcess.Start("version", Programs.Server, ["version", "-format=json"]);

        Assert.Equal(0, await process.WaitForExitAsync());
        using var json = System.Text.Json.JsonDocument.Parse(process.Output);
        Assert.True(Version.TryParse(json.RootElement.GetProperty("Version").GetString(), out _));
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Script(string name, [CallerFilePath] string file = "") => Path.Combine(Path.GetDirectoryName(file)!, name);
}
