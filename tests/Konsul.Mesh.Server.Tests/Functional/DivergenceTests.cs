using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Konsul.Mesh.Hosting.Lifecycle;
using Konsul.Mesh.Raft.Host;
using Konsul.Mesh.Server.Cluster;
using Konsul.Mesh.State.Commands;
using Konsul.Mesh.TestKit;

namespace Konsul.Mesh.Server.Tests.Functional;

/// <summary>Three servers, of one of which the state goes wrong behind its log's back.</summary>
public sealed class DivergenceTests : IAsyncLifetime
{
    private readonly ThreeServers _cluster = new();

    public ValueTask InitializeAsync() => _cluster.StartAsync();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task StateOfOneServerDiffers_ItIsNamedAndFenced_AndDoesNotComeBack(bool onLeader)
    {
        await _cluster.WriteAsync(0, "/v1/kv/before");
        var victim = (await _cluster.LeaderAsync() + (onLeader ? 0 : 1)) % 3;
        var (harmed, witness) = (_cluster[victim], _cluster[(victim + 1) % 3]);
        await _cluster.QuietAsync();

        harmed.Server.Store.Apply(harmed.Server.StateIndex, CommandCodec.Encode(new KvSet { Key = "before", Value = "wrong"u8.ToArray() }));

        var stopped = await Assert.ThrowsAsync<LogStoppedException>(() => harmed.Server.Failed.WaitAsync(TimeSpan.FromSeconds(60)));
        Assert.Contains("its state differs from the majority's", stopped.Message, StringComparison.Ordinal);
        await Eventually.HoldsAsync("another server shows the alarm", async () =>
            (await witness.GetAsync("/metrics")).Text.Contains("konsul_raft_state_differing{verdict=\"diverged\"} 1\n", StringComparison.Ordinal));
        await _cluster.StopAsync(victim);
        await _cluster.WriteAsync((victim + 1) % 3, "/v1/kv/after");
        var refused = await Assert.ThrowsAsync<StartupException>(() => _cluster.StartAsync(victim));
        Assert.Equal(ExitCode.BadFile, refused.ExitCode);
        Assert.Contains("is fenced", refused.Message, StringComparison.Ordinal);
        Assert.NotNull(FenceFile.Read(_cluster.DirectoryOf(victim)));
    }

    [Fact]
    public async Task StatesDifferWithoutAMajority_IsAnAlarmAndNobodyStops()
    {
        await _cluster.WriteAsync(0, "/v1/kv/before");
        var leader = await _cluster.LeaderAsync();
        await _cluster.StopAsync((leader + 2) % 3);
        await _cluster.LeaderAsync();
        await _cluster.QuietAsync();
        var harmed = _cluster[(leader + 1) % 3];

        harmed.Server.Store.Apply(harmed.Server.StateIndex, CommandCodec.Encode(new KvSet { Key = "before", Value = "wrong"u8.ToArray() }));

        await Eventually.HoldsAsync("both differ, as both see it", async () =>
            (await harmed.GetAsync("/metrics")).Text.Contains("konsul_raft_state_differing{verdict=\"disputed\"} 2\n", StringComparison.Ordinal)
            && (await _cluster[leader].GetAsync("/metrics")).Text.Contains("konsul_raft_state_differing{verdict=\"disputed\"} 2\n", StringComparison.Ordinal));
        var health = await _cluster[await _cluster.LeaderAsync()].GetAsync("/v1/operator/autopilot/health");
        Assert.Equal(429, (int)health.Status);
        using var body = JsonDocument.Parse(health.Text);
        Assert.All(body.RootElement.GetProperty("Servers").EnumerateArray(), s => Assert.False(s.GetProperty("Healthy").GetBoolean()));
        Assert.False(harmed.Server.Failed.IsCompleted);
    }

    [Fact]
    public async Task StatesEqual_AreSeenToBeEqual()
    {
        await _cluster.WriteAsync(0, "/v1/kv/x");
        var index = (await _cluster[0].GetAsync("/v1/kv/x")).Index;

        foreach (var i in Enumerable.Range(0, 3))
        {
            await Eventually.HoldsAsync("the states were compared beyond the write", async () =>
                Regex.Match((await _cluster[i].GetAsync("/metrics")).Text, "konsul_raft_state_agreed_index ([0-9]+)\n") is { Success: true } found
                && ulong.Parse(found.Groups[1].Value, CultureInfo.InvariantCulture) >= index);
            Assert.Contains("konsul_raft_state_differing{verdict=\"diverged\"} 0\n", (await _cluster[i].GetAsync("/metrics")).Text, StringComparison.Ordinal);
        }
    }
}
