using System.Globalization;
using System.Runtime.CompilerServices;
using Konsul.Mesh.TestKit;
using Konsul.Mesh.TestKit.Processes;

namespace Konsul.Mesh.EndToEnd.Tests.Clients;

/// <summary>Debian's python3-consul: keys, blocking reads, sessions and locks as its users write them.</summary>
public sealed class PythonConsulTests
{
    private const string Python = "/usr/bin/python3";

    [Fact]
    public async Task PythonConsul_EveryStep_Holds()
    {
        await using (var probe = ProgramProcess.Start("python3", Python, ["-c", "import consul"]))
        {
            Assert.SkipUnless(await probe.WaitForExitAsync() == 0, "python3-consul is not installed");
        }

        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.StartAsync(folder.Path);

        await using var client = ProgramProcess.Start(
            "python_consul.py", Python, [Path.Combine(Here(), "python_consul.py"), server.HttpPort.ToString(CultureInfo.InvariantCulture)]);

        var code = await client.WaitForExitAsync(TimeSpan.FromMinutes(2));
        Assert.True(code == 0, client.Output);
        Assert.Equal(5, client.Lines.Count(l => l.StartsWith("ok ", StringComparison.Ordinal)));
    }

    private static string Here([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
