using System.Text;
using Konsul.Mesh.Raft.Host;
using Konsul.Mesh.TestKit;

namespace Konsul.Mesh.Etcd.Tests.Fixtures;

/// <summary>One server's log with its directory; opens again after a close.</summary>
internal sealed class Node : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();

    public Node(string id, params Uri[] endpoints) => Options = new EtcdLogOptions
    {
        Connection = new EtcdConnectionOptions { Endpoints = endpoints, CallTimeout = TimeSpan.FromSeconds(2) },
        Prefix = "/konsul/dc1/",
        NodeId = id,
        ClusterId = "dc1",
        Directory = _folder.File("log"),
        LeaseTtl = TimeSpan.FromSeconds(2),
        StartTimeout = TimeSpan.FromSeconds(2),
        AnswerTimeout = TimeSpan.FromSeconds(20),
        CheckEvery = TimeSpan.FromMinutes(5),
    };

    public EtcdLogOptions Options { get; set; }

    public RecordingMachine Machine { get; private set; } = new();

    public LogLines Lines { get; } = new();

    public EtcdLog Log { get; private set; } = null!;

    public static async Task<Node> OpenAsync(string id, EtcdProcess etcd, Func<EtcdLogOptions, EtcdLogOptions>? change = null)
    {
        var node = new Node(id, etcd.Address);
        node.Options = change?.Invoke(node.Options) ?? node.Options;
        await node.OpenAsync();
        return node;
    }

    public async Task OpenAsync()
    {
        Machine = new RecordingMachine();
        Log = await EtcdLog.OpenAsync(Options, Machine, TimeProvider.System, Lines, TestContext.Current.CancellationToken);
    }

    public async Task<Committed> ProposeAsync(string command) => await Log.ProposeAsync(Encoding.UTF8.GetBytes(command));

    public Task BecomesLeaderAsync() => Eventually.HoldsAsync(
        $"{Options.NodeId} leads", () => Task.FromResult(Log.Status.Role == LogRole.Leader ? null : Log.Status.ToString()));

    public Task AppliesAsync(int count) => Eventually.HoldsAsync(
        $"{Options.NodeId} applies {count} commands", () => Task.FromResult(Machine.Applied.Count >= count ? null : Log.Status.ToString()));

    /// <summary>A new machine on what is on the disk and in etcd.</summary>
    public async Task ReopenAsync()
    {
        await Log.DisposeAsync();
        await OpenAsync();
    }

    /// <summary>As if this server had a new disk.</summary>
    public async Task LoseDiskAsync()
    {
        await Log.DisposeAsync();
        Directory.Delete(Options.Directory, recursive: true);
    }

    public async ValueTask DisposeAsync()
    {
        if (Log is not null)
        {
            await Log.DisposeAsync();
        }

        _folder.Dispose();
    }
}
