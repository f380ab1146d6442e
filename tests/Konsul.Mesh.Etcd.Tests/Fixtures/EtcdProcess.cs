using Konsul.Mesh.TestKit;
using Konsul.Mesh.TestKit.Processes;

namespace Konsul.Mesh.Etcd.Tests.Fixtures;

/// <summary>One real etcd member on loopback with a data directory of its own; may be killed and started again on the same ports.</summary>
internal sealed class EtcdProcess : IAsyncDisposable
{
    private const string Program = "/usr/bin/etcd";
    private readonly TemporaryFolder _data = new();
    private readonly string _name;
    private readonly string _cluster;
    private readonly string[] _arguments;
    private ProgramProcess? _process;

    private EtcdProcess(string name, int port, int peerPort, string cluster, string scheme, string[] arguments) =>
        (_name, Port, PeerPort, _cluster, Address, _arguments) = (name, port, peerPort, cluster, new Uri($"{scheme}://127.0.0.1:{port}"), arguments);

    public int Port { get; }

    public Uri Address { get; }

    public string Output => _process?.Output ?? "";

    private int PeerPort { get; }

    public static void SkipWithout() => Assert.SkipUnless(File.Exists(Program) && File.Exists(EtcdCtl.Program), "etcd-server and etcd-client are not installed");

    public static Task<EtcdProcess> StartAsync(params string[] arguments) => StartAsync("http", arguments);

    public static async Task<EtcdProcess> StartAsync(string scheme, string[] arguments)
    {
        SkipWithout();
        var peerPort = FreePorts.Next();
        var etcd = new EtcdProcess("m0", FreePorts.Next(), peerPort, $"m0=http://127.0.0.1:{peerPort}", scheme, arguments);
        etcd.Start();
        await etcd.IsReadyAsync();
        return etcd;
    }

    public static async Task<EtcdProcess[]> StartClusterAsync(int members)
    {
        SkipWithout();
        var peers = Enumerable.Range(0, members).Select(_ => FreePorts.Next()).ToArray();
        var cluster = string.Join(',', peers.Select((port, i) => $"m{i}=http://127.0.0.1:{port}"));
        var started = peers.Select((peer, i) => new EtcdProcess($"m{i}", FreePorts.Next(), peer, cluster, "http", [])).ToArray();
        Array.ForEach(started, e => e.Start());
        foreach (var etcd in started)
        {
            await etcd.IsReadyAsync();
        }

        return started;
    }

    public void Start() => _process = ProgramProcess.Start(
        _name,
        Program,
        [
            "--name", _name, "--data-dir", _data.File("data"), "--logger", "zap",
            "--listen-client-urls", Address.ToString().TrimEnd('/'), "--advertise-client-urls", Address.ToString().TrimEnd('/'),
            "--listen-peer-urls", $"http://127.0.0.1:{PeerPort}", "--initial-advertise-peer-urls", $"http://127.0.0.1:{PeerPort}",
            "--initial-cluster", _cluster, .. _arguments,
        ]);

    public Task IsReadyAsync() => _process!.WaitForLineAsync("serving client traffic");

    public async Task KillAsync()
    {
        _process!.Send(Signal.Kill);
        await _process.WaitForExitAsync();
    }

    /// <summary>Stops it without ending it: connections stay open and nothing answers.</summary>
    public void Freeze() => _process!.Send(Signal.Stop);

    public void Thaw() => _process!.Send(Signal.Continue);

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        _data.Dispose();
    }
}
