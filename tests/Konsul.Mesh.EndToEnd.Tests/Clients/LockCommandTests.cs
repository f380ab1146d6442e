using System.Globalization;
using Konsul.Mesh.TestKit;
using Konsul.Mesh.TestKit.Processes;

namespace Konsul.Mesh.EndToEnd.Tests.Clients;

/// <summary><c>konsulctl lock</c> as a script's leader election: one at a time, the next one at once, and never two.</summary>
public sealed class LockCommandTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private ServerProcess _server = null!;

    public async ValueTask InitializeAsync() => _server = await ServerProcess.StartAsync(_folder.Path);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Lock_ManyWorkers_TakeTurnsAndCountThem()
    {
        var log = _folder.File("log");
        var work = $"echo in $KONSUL_LOCK_FENCE >> {log}; sleep 0.2; echo out $KONSUL_LOCK_FENCE >> {log}";
        var workers = Enumerable.Range(0, 4).Select(i => Lock($"worker {i}", "jobs", "--", "sh", "-c", work)).ToList();

        foreach (var worker in workers)
        {
            Assert.True(await worker.WaitForExitAsync() == 0, worker.Output);
            await worker.DisposeAsync();
        }

        Assert.Equal(
            Enumerable.Range(1, 4).SelectMany(i => new[] { $"in {i}", $"out {i}" }), await File.ReadAllLinesAsync(log, TestContext.Current.CancellationToken));
        Assert.Equal("[]", await _server.Http.GetStringAsync("/v1/session/list", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Lock_ExitCodeOfTheCommand_IsItsOwn()
    {
        await using var worker = Lock("worker", "code", "--", "sh", "-c", "exit 7");

        Assert.Equal(7, await worker.WaitForExitAsync());
    }

    [Fact]
    public async Task Lock_LostWhileTheCommandRuns_EndsTheCommandAndSaysSo()
    {
        await using var worker = Lock("worker", "lost", "--", "sh", "-c", "echo begun; exec sleep 600");
        await worker.WaitForLineAsync("begun");

        using var answer = await _server.Http.DeleteAsync("/v1/kv/lost/.lock", TestContext.Current.CancellationToken);

        Assert.Equal(1, await worker.WaitForExitAsync());
        Assert.Contains("the lock lost/.lock was lost", worker.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lock_HolderIsStopped_TheNextOneHasItAtOnce()
    {
        await using var first = Held("first");
        await first.WaitForLineAsync("held turn/.lock 1");
        await using var second = Held("second");
        await Eventually.HoldsAsync("two sessions wait for it", async () =>
            (await _server.Http.GetStringAsync("/v1/session/list")).Split("\"ID\"").Length == 3);

        first.Send(Signal.Terminate);

        await second.WaitForLineAsync("held turn/.lock 2", TimeSpan.FromSeconds(10));
        Assert.DoesNotContain("held", string.Join('\n', first.Lines.Skip(1)), StringComparison.Ordinal);
    }

    /// <summary>Without a command. A pipe that is opened for reading and writing never ends, so neither does the standard input.</summary>
    private ProgramProcess Held(string name)
    {
        var pipe = _folder.File($"{name}.pipe");
        return ProgramProcess.Start(
            name, "/bin/sh", ["-c", $"mkfifo {pipe} && exec {Programs.Ctl} lock turn --address http://127.0.0.1:{_server.HttpPort} 0<>{pipe}"]);
    }

    private ProgramProcess Lock(string name, params string[] arguments) => ProgramProcess.Start(
        name, Programs.Ctl, ["lock", "--address", string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_server.HttpPort}"), .. arguments]);
}
