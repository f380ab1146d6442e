using System.Runtime.Versioning;
using System.Security.Cryptography;

namespace Konsul.Mesh.Cli.Tests;

/// <summary><c>raft</c> and <c>snapshot</c>: what they send, what they leave on the disk, and how they fail.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class OperatorVerbTests : IAsyncLifetime
{
    private readonly FakeServer _server = new();
    private readonly string _directory = Directory.CreateTempSubdirectory("konsulctl-").FullName;

    private string SnapshotPath => Path.Combine(_directory, "a.snap");

    public ValueTask InitializeAsync() => _server.InitializeAsync();

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_directory, recursive: true);
        return _server.DisposeAsync();
    }

    [Fact]
    public async Task RemovePeer_ItsAddressAndTheServers_AreToldApart()
    {
        _server.On("DELETE /v1/operator/raft/peer?address=10.0.0.2%3A7000", "");

        var run = await RunAsync("raft", "remove-peer", "--address", "10.0.0.2:7000");

        Assert.Equal((0, "", "Removed 10.0.0.2:7000.\n"), (run.Code, run.Out, run.Error));
    }

    [Fact]
    public async Task RemovePeer_Refused_SaysWhy()
    {
        _server.On("DELETE /v1/operator/raft/peer?id=a%26b", "Invalid id", 400);

        var run = await RunAsync("raft", "remove-peer", "--id", "a&b");

        Assert.Equal((1, "konsulctl: Invalid id\n"), (run.Code, run.Error));
    }

    [Fact]
    public async Task TransferLeader_EmptyId_IsNotAnybody()
    {
        var run = await RunAsync("raft", "transfer-leader", "--id", "");

        Assert.Equal((64, "konsulctl: --id must not be empty\n"), (run.Code, run.Error));
        Assert.Empty(_server.Requests);
    }

    [Fact]
    public async Task Leave_Taken_SaysThatTheServerEnds()
    {
        _server.On("PUT /v1/agent/leave", "");

        var run = await RunAsync("leave");

        Assert.Equal((0, "", "The server leaves its cluster and ends.\n"), (run.Code, run.Out, run.Error));
    }

    [Fact]
    public async Task Leave_Refused_SaysWhy()
    {
        _server.On("PUT /v1/agent/leave", "This server cannot leave: No cluster leader", 500);

        var run = await RunAsync("leave");

        Assert.Equal((1, "konsulctl: This server cannot leave: No cluster leader\n"), (run.Code, run.Error));
    }

    [Fact]
    public async Task Save_Good_LeavesTheWholeFileForItsOwnerOnly()
    {
        _server.On("GET /v1/snapshot", TestSnapshot.Whole);

        var run = await RunAsync("snapshot", "save", SnapshotPath);

        Assert.Equal((0, "", $"Saved index 42 to {SnapshotPath}.\n"), (run.Code, run.Out, run.Error));
        Assert.Equal(TestSnapshot.Whole, await File.ReadAllBytesAsync(SnapshotPath, TestContext.Current.CancellationToken));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(SnapshotPath));
        Assert.Equal([SnapshotPath], Directory.GetFiles(_directory));
    }

    [Theory]
    [InlineData("cut", 69)]
    [InlineData("shorter", 1)]
    [InlineData("page", 1)]
    [InlineData("no leader", 1)]
    [InlineData("denied", 77)]
    [InlineData("absent", 1)]
    [InlineData("silent", 124)]
    public async Task Save_Bad_KeepsTheOldFileAndLeavesNoOther(string fault, int code)
    {
        await File.WriteAllTextAsync(SnapshotPath, "old", TestContext.Current.CancellationToken);
        switch (fault)
        {
            case "cut": _server.OnCut("GET /v1/snapshot", TestSnapshot.Whole); break;
            case "shorter": _server.On("GET /v1/snapshot", TestSnapshot.Whole[..^30]); break;
            case "page": _server.On("GET /v1/snapshot", "<html>"); break;
            case "no leader": _server.On("GET /v1/snapshot", "No cluster leader", 500); break;
            case "denied": _server.On("GET /v1/snapshot", "Permission denied", 403); break;
            case "silent": _server.OnHang("GET /v1/snapshot"); break;
        }

        var run = await RunAsync("snapshot", "save", SnapshotPath, "--timeout", fault == "silent" ? "100ms" : "60s");

        Assert.True(code == run.Code, $"{run.Code}: {run.Error}");
        Assert.Equal(1, run.Error.Count(c => c == '\n'));
        Assert.Equal("old", await File.ReadAllTextAsync(SnapshotPath, TestContext.Current.CancellationToken));
        Assert.Equal([SnapshotPath], Directory.GetFiles(_directory));
    }

    [Fact]
    public async Task Save_AnotherIsWriting_LeavesItsFileAlone()
    {
        _server.On("GET /v1/snapshot", TestSnapshot.Whole);
        await File.WriteAllTextAsync(SnapshotPath + ".new", "another's", TestContext.Current.CancellationToken);

        var run = await RunAsync("snapshot", "save", SnapshotPath);

        Assert.Equal(1, run.Code);
        Assert.Empty(_server.Requests);
        Assert.Equal("another's", await File.ReadAllTextAsync(SnapshotPath + ".new", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Save_NameOfADirectory_Exits1AndLeavesNothing()
    {
        _server.On("GET /v1/snapshot", TestSnapshot.Whole);
        Directory.CreateDirectory(SnapshotPath);

        var run = await RunAsync("snapshot", "save", SnapshotPath);

        Assert.Equal(1, run.Code);
        Assert.Empty(Directory.GetFiles(_directory));
    }

    [Fact]
    public async Task Restore_Good_SendsTheFileAsItIs()
    {
        var state = RandomNumberGenerator.GetBytes(1_000_000);
        var archive = TestSnapshot.Zip(TestSnapshot.Tar(TestSnapshot.Parts(TestSnapshot.Meta.Replace(":5}", ":1000000}", StringComparison.Ordinal), state)));
        await File.WriteAllBytesAsync(SnapshotPath, archive, TestContext.Current.CancellationToken);
        _server.On("PUT /v1/snapshot", "");

        var run = await RunAsync("snapshot", "restore", SnapshotPath);

        Assert.Equal((0, "", $"Restored index 42 from {SnapshotPath}.\n"), (run.Code, run.Out, run.Error));
        Assert.Equal(archive, _server.LastBytes);
    }

    [Fact]
    public async Task Restore_Refused_SaysWhyAndSendsNoBody()
    {
        await File.WriteAllBytesAsync(SnapshotPath, TestSnapshot.Whole, TestContext.Current.CancellationToken);
        _server.OnRefuse("PUT /v1/snapshot", "Permission denied: token lacks 'operator:write'", 403);

        var run = await RunAsync("snapshot", "restore", SnapshotPath);

        Assert.Equal((77, "konsulctl: Permission denied: token lacks 'operator:write'\n"), (run.Code, run.Error));
    }

    [Theory]
    [InlineData("restore")]
    [InlineData("inspect")]
    public async Task BadFile_Any_65AndNothingIsSent(string verb)
    {
        await File.WriteAllBytesAsync(SnapshotPath, TestSnapshot.Whole[..^30], TestContext.Current.CancellationToken);

        foreach (var path in (string[])[SnapshotPath, _directory, SnapshotPath + ".none"])
        {
            foreach (var format in (string[])["table", "wide", "json", "yaml", "name"])
            {
                var run = await RunAsync("snapshot", verb, path, "-o", format);

                Assert.Equal((65, ""), (run.Code, run.Out));
                Assert.StartsWith("konsulctl: ", run.Error, StringComparison.Ordinal);
            }
        }

        Assert.Empty(_server.Requests);
    }

    [Fact]
    public async Task Inspect_Good_IsTheGoldenTextInEveryFormat()
    {
        await File.WriteAllBytesAsync(SnapshotPath, TestSnapshot.Whole, TestContext.Current.CancellationToken);

        foreach (var format in (string[])["table", "wide", "json", "yaml", "name"])
        {
            var run = await RunAsync("snapshot", "inspect", SnapshotPath, "-o", format);

            Assert.Equal((0, ""), (run.Code, run.Error));
            GoldenFile.Check($"snapshot-inspect.{format}.txt", run.Out);
        }

        Assert.Empty(_server.Requests);
    }

    private Task<CliRun> RunAsync(params string[] arguments) => CliRun.OfAsync([.. arguments, "--http-addr", _server.Address]);
}
