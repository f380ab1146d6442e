using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Konsul.Mesh.TestKit.Network;
using Konsul.Mesh.TestKit.Processes;

namespace Konsul.Mesh.TestKit.Tests.Network;

public sealed class NetworkNamespacesTests
{
    private const string Shell = "/bin/bash";

    [Fact]
    public async Task Sites_ReachEachOtherUntilCut_InOneDirectionOnlyIfSo()
    {
        await SkipWithoutAsync();
        await using var network = await NetworkNamespaces.CreateAsync(3);

        Assert.True(await ReachesAsync(network, 0, 1));
        await network.CutAsync(Link.Between(0, 1));
        Assert.False(await ReachesAsync(network, 0, 1));
        Assert.False(await ReachesAsync(network, 1, 0));
        Assert.True(await ReachesAsync(network, 0, 2));
        await network.CutAsync(Link.Around(2, 3));
        Assert.True(await ReachesAsync(network, 0, 1));
        Assert.False(await ReachesAsync(network, 2, 1));
        await network.HealAsync();
        Assert.True(await ReachesAsync(network, 2, 1));
    }

    [Fact]
    public async Task Test_ReachesEverySite_WhateverIsCut()
    {
        await SkipWithoutAsync();
        await using var network = await NetworkNamespaces.CreateAsync(2);
        await network.CutAsync(Link.All(2));

        // A port that nobody listens on answers with a refusal, which is an answer.
        using var client = new TcpClient();
        var answer = await Assert.ThrowsAsync<SocketException>(() => client.ConnectAsync(IPAddress.Parse(network.Sites[1].Address), 7000));

        Assert.Equal(SocketError.ConnectionRefused, answer.SocketErrorCode);
    }

    [Fact]
    public async Task Disposed_NothingOfItIsLeft()
    {
        await SkipWithoutAsync();
        var before = Names();
        var network = await NetworkNamespaces.CreateAsync(2);
        Assert.NotEmpty(Names().Except(before));

        await network.DisposeAsync();

        await Eventually.HoldsAsync("its links are gone", () => Task.FromResult(!Names().Any(n => n.Contains(network.Name, StringComparison.Ordinal))));
    }

    private static async Task SkipWithoutAsync()
    {
        var obstacle = await NetworkNamespaces.WhyNotAsync();
        Assert.SkipWhen(obstacle is not null, obstacle ?? "");
    }

    private static async Task<bool> ReachesAsync(NetworkNamespaces network, int from, int to)
    {
        await using var run = network.Sites[from].Start(
            "connect", Shell, ["-c", $"timeout 1 {Shell} -c 'exec 3<>/dev/tcp/{network.Sites[to].Address}/7000' 2>&1"]);
        await run.WaitForExitAsync();
        return run.Output.Contains("refused", StringComparison.Ordinal);
    }

    private static string[] Names() =>
    [
        .. NetworkInterface.GetAllNetworkInterfaces().Select(i => i.Name),
        .. Directory.Exists("/run/netns") ? Directory.GetFiles("/run/netns").Select(f => Path.GetFileName(f)) : [],
    ];
}
