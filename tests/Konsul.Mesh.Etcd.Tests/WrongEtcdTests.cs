using System.Net;
using System.Net.Sockets;
using Konsul.Mesh.Etcd.Tests.Fixtures;
using Konsul.Mesh.Raft.Host;
using Konsul.Mesh.TestKit;

namespace Konsul.Mesh.Etcd.Tests;

/// <summary>What is no etcd, another etcd, or somebody else's prefix is refused by name.</summary>
public sealed class WrongEtcdTests
{
    [Fact]
    public async Task OpenAsync_NobodyListens_NamesTheEndpoint()
    {
        await using var node = new Node("a", new Uri($"http://127.0.0.1:{FreePorts.Next()}"));

        await RefusesAsync(node, EtcdFailure.Unreachable, node.Options.Connection.Endpoints[0].ToString());
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")]
    [InlineData("\0\0\0\u0004\0\0\0\0\0\0\0\u0004\u0001\u0001\u0001\u0001\u0001")]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n")]
    [InlineData("")]
    public async Task OpenAsync_SomethingElseListens_NamesTheEndpoint(string answer)
    {
        await using var stranger = new Stranger(System.Text.Encoding.Latin1.GetBytes(answer));
        await using var node = new Node("a", stranger.Address);

        await RefusesAsync(node, EtcdFailure.Unreachable, stranger.Address.ToString());
    }

    [Fact]
    public async Task OpenAsync_WrongServerAmongGoodOnes_IsPassedOver()
    {
        await using var etcd = await EtcdProcess.StartAsync();
        await using var stranger = new Stranger("HTTP/1.1 404 Not Found\r\n\r\n"u8.ToArray());
        await using var node = new Node("a", stranger.Address, etcd.Address);

        await node.OpenAsync();

        await node.ProposeAsync("works");
        Assert.Equal(["works"], node.Machine.Commands);
    }

    [Fact]
    public async Task OpenAsync_EndpointsOfTwoEtcds_Refuses()
    {
        await using var one = await EtcdProcess.StartAsync();
        await using var two = await EtcdProcess.StartAsync();
        await using var node = new Node("a", one.Address, two.Address);

        await RefusesAsync(node, EtcdFailure.WrongCluster, "two different etcd clusters");
    }

    [Fact]
    public async Task OpenAsync_DirectoryOfAnotherLog_Refuses()
    {
        await using var one = await EtcdProcess.StartAsync();
        await using var two = await EtcdProcess.StartAsync();
        await using var node = await Node.OpenAsync("a", one);
        await using var other = await Node.OpenAsync("b", two);
        await node.Log.DisposeAsync();

        node.Options = node.Options with { Connection = node.Options.Connection with { Endpoints = [two.Address] } };

        await RefusesAsync(node, EtcdFailure.WrongCluster, "it is another etcd");
    }

    [Fact]
    public async Task OpenAsync_EtcdHasLostItsData_RefusesToBeginAnew()
    {
        await using var one = await EtcdProcess.StartAsync();
        await using var empty = await EtcdProcess.StartAsync();
        await using var node = await Node.OpenAsync("a", one);
        await node.Log.DisposeAsync();

        node.Options = node.Options with { Connection = node.Options.Connection with { Endpoints = [empty.Address] } };

        await RefusesAsync(node, EtcdFailure.WrongCluster, "it has lost its data");
        Assert.Empty(await EtcdCtl.KeysAsync(empty, "/"));
    }

    [Fact]
    public async Task OpenAsync_PrefixOfAnotherDatacenter_Refuses()
    {
        await using var etcd = await EtcdProcess.StartAsync();
        await using var first = await Node.OpenAsync("a", etcd);
        await using var node = new Node("b", etcd.Address);
        node.Options = node.Options with { ClusterId = "dc2" };

        await RefusesAsync(node, EtcdFailure.WrongCluster, "is of \"dc1\", this server is of \"dc2\"");
    }

    [Theory]
    [InlineData("/konsul/dc1/cluster", "of a log that this program knows")]
    [InlineData("/konsul/dc1/other", "that are of no log, such as /konsul/dc1/other")]
    public async Task OpenAsync_SomebodyElsesKeysUnderThePrefix_Refuses(string key, string because)
    {
        await using var etcd = await EtcdProcess.StartAsync();
        await EtcdCtl.RunAsync(etcd, "put", key, "something");
        await using var node = new Node("a", etcd.Address);

        await RefusesAsync(node, EtcdFailure.WrongCluster, because);
    }

    [Fact]
    public async Task OpenAsync_EtcdRestoredToBeforeWhatWasApplied_Refuses()
    {
        await using var etcd = await EtcdProcess.StartAsync();
        await using var a = await Node.OpenAsync("a", etcd);
        await a.ProposeAsync("kept");
        await a.ProposeAsync("lost");
        await a.Log.SnapshotAsync();
        await a.Log.DisposeAsync();

        await EtcdCtl.RunAsync(etcd, "del", "/konsul/dc1/log/0000000000000003");

        await RefusesAsync(a, EtcdFailure.Damaged, "ends before entry 3");
    }

    [Fact]
    public async Task Log_NewestKeysDeletedUnderneath_StopsInsteadOfWritingOverThem()
    {
        await using var etcd = await EtcdProcess.StartAsync();
        await using var a = await Node.OpenAsync("a", etcd);
        await a.ProposeAsync("one");
        await EtcdCtl.RunAsync(etcd, "del", "/konsul/dc1/log/0000000000000002");

        await Assert.ThrowsAsync<LogStoppedException>(() => a.ProposeAsync("two"));

        var stopped = await Assert.ThrowsAsync<LogStoppedException>(() => a.Log.Completion);
        Assert.Contains("no longer holds entry 2", stopped.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0000000000000002", "garbage", "is no batch of commands")]
    [InlineData("2", "x", "is no entry of the log")]
    public async Task Log_ForeignValueAppears_StopsByName(string name, string value, string because)
    {
        await using var etcd = await EtcdProcess.StartAsync();
        await using var a = await Node.OpenAsync("a", etcd);

        await EtcdCtl.RunAsync(etcd, "put", "/konsul/dc1/log/" + name, value);

        var stopped = await Assert.ThrowsAsync<LogStoppedException>(() => a.Log.Completion.WaitAsync(Eventually.DefaultTimeout));
        Assert.Contains(because, stopped.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_DirectoryInUse_Refuses()
    {
        await using var etcd = await EtcdProcess.StartAsync();
        await using var a = await Node.OpenAsync("a", etcd);
        await using var b = new Node("b", etcd.Address);
        b.Options = b.Options with { Directory = a.Options.Directory };

        var refused = await Assert.ThrowsAsync<IOException>(b.OpenAsync);

        Assert.Contains("is held by another process", refused.Message, StringComparison.Ordinal);
    }

    private static async Task RefusesAsync(Node node, EtcdFailure failure, string because)
    {
        var refused = await Assert.ThrowsAsync<EtcdException>(node.OpenAsync);
        Assert.Equal(failure, refused.Failure);
        Assert.Contains(because, refused.Message, StringComparison.Ordinal);
    }

    /// <summary>Answers every connection with the same bytes and ends it.</summary>
    private sealed class Stranger : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly byte[] _answer;

        public Stranger(byte[] answer)
        {
            _answer = answer;
            _listener.Start();
            _ = ServeAsync();
        }

        public Uri Address => new($"http://{_listener.LocalEndpoint}");

        public ValueTask DisposeAsync()
        {
            _listener.Stop();
            return ValueTask.CompletedTask;
        }

        private async Task ServeAsync()
        {
            while (true)
            {
                using var client = await _listener.AcceptTcpClientAsync();
                try
                {
                    await client.GetStream().WriteAsync(_answer);
                }
                catch (IOException)
                {
                    // Gone already.
                }
            }
        }
    }
}
