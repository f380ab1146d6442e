using System.Net;
using System.Text;
using Konsul.Mesh.Hosting.Lifecycle;

namespace Konsul.Mesh.Server.Tests.Functional;

public sealed class RestartTests : IDisposable
{
    private readonly string _directory = TestServer.NewDirectory();

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_directory)!, recursive: true);

    [Fact]
    public async Task Restart_SameDirectory_KeepsEverything()
    {
        string[] paths =
        [
            "/v1/agent/services", "/v1/catalog/nodes", "/v1/catalog/services", "/v1/kv/?recurse", "/v1/connect/intentions", "/v1/connect/ca/roots",
        ];
        var before = new List<string>();
        string serial;
        await using (var server = await TestServer.StartAsync(directory: _directory))
        {
            await server.MustPutAsync("/v1/agent/service/register", """{"Name":"web","Port":80,"Check":{"TTL":"600s"},"Connect":{"SidecarService":{}}}""");
            await server.MustPutAsync("/v1/kv/a/b", "c");
            await server.MustPutAsync("/v1/connect/intentions/exact?source=web&destination=api", """{"Action":"deny"}""");
            serial = (await server.GetAsync("/v1/agent/connect/ca/leaf/web")).Json.GetProperty("SerialNumber").GetString()!;
            foreach (var path in paths)
                before.Add((await server.GetAsync(path)).Text);
        }

        await using var again = await TestServer.StartAsync(directory: _directory);

        for (var i = 0; i < paths.Length; i++)
            Assert.Equal(before[i], (await again.GetAsync(paths[i])).Text);
        Assert.NotEqual(serial, (await again.GetAsync("/v1/agent/connect/ca/leaf/web")).Json.GetProperty("SerialNumber").GetString());
    }

    [Fact]
    public async Task Start_KeyEncryptionKeyLost_RefusesAndNamesTheFile()
    {
        await using (await TestServer.StartAsync(directory: _directory))
        {
        }

        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_directory + ".kek"));
        File.Delete(_directory + ".kek");

        var refusal = await Assert.ThrowsAsync<StartupException>(() => TestServer.StartAsync(directory: _directory));

        Assert.Equal(ExitCode.BadFile, refusal.ExitCode);
        Assert.Contains(_directory + ".kek", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_DamagedLog_RefusesWithFileAndOffset()
    {
        await using (var server = await TestServer.StartAsync(directory: _directory))
        {
            for (var i = 0; i < 20; i++)
                await server.MustPutAsync($"/v1/kv/damage/{i}", "marker-" + i);
        }

        // Inside the written part, with good entries behind it: no torn tail.
        var segment = Directory.GetFiles(_directory, "wal-*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).First();
        var bytes = await File.ReadAllBytesAsync(segment);
        bytes[Array.FindLastIndex(bytes, b => b != 0) * 3 / 4] ^= 0x40;
        await File.WriteAllBytesAsync(segment, bytes);

        var refusal = await Assert.ThrowsAsync<StartupException>(() => TestServer.StartAsync(directory: _directory));

        Assert.Equal(ExitCode.BadFile, refusal.ExitCode);
        Assert.Contains(Path.GetFileName(segment), refusal.Message, StringComparison.Ordinal);
        Assert.Matches("byte [0-9]+", refusal.Message);
    }
}
