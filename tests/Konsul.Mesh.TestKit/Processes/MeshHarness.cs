using System.Globalization;

namespace Konsul.Mesh.TestKit.Processes;

/// <summary>A mesh of real programs on loopback: one konsul-server and as many sidecars as a test adds. All are stopped in reverse order.</summary>
public sealed class MeshHarness : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Stack<IAsyncDisposable> _running = new();
    private readonly Dictionary<string, SidecarProcess> _sidecars = [];

    private MeshHarness()
    {
    }

    public ServerProcess Server { get; private set; } = null!;

    /// <summary>By the id given to <see cref="AddSidecarAsync"/>.</summary>
    public IReadOnlyDictionary<string, SidecarProcess> Sidecars => _sidecars;

    public string Folder => _folder.Path;

    public static async Task<MeshHarness> StartAsync(params string[] serverOptions)
    {
        var mesh = new MeshHarness();
        try
        {
            mesh.Server = mesh.Keep(await ServerProcess.StartAsync(mesh.Folder, serverOptions).ConfigureAwait(false));
            return mesh;
        }
        catch
        {
            await mesh.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Makes what listens on <paramref name="appPort"/> an instance of <paramref name="service"/>, by starting a sidecar that
    /// registers both; returns when the sidecar is ready.</summary>
    public async Task<SidecarProcess> AddSidecarAsync(string id, string service, int appPort, params string[] options)
    {
        var sidecar = Keep(await SidecarProcess.StartAsync(
            $"sidecar-{id}",
            Folder,
            Server.GrpcAddress,
            [
                "--service", service,
                "--service-id", id,
                "--service-port", appPort.ToString(CultureInfo.InvariantCulture),
                "--outbound-addr", "127.0.0.1:0",
                .. options,
            ]).ConfigureAwait(false));
        _sidecars[id] = sidecar;
        await sidecar.WaitUntilReadyAsync().ConfigureAwait(false);
        return sidecar;
    }

    /// <summary>Hands a program or app over to be stopped with the mesh.</summary>
    public T Keep<T>(T started)
        where T : IAsyncDisposable
    {
        _running.Push(started);
        return started;
    }

    /// <summary>Stops all of them, whatever one of them says about it.</summary>
    public async ValueTask DisposeAsync()
    {
        List<Exception> failures = [];
        while (_running.TryPop(out var program))
        {
            try
            {
                await program.DisposeAsync().ConfigureAwait(false);
            }
            catch (Exception e)
            {
                failures.Add(e);
            }
        }

        _folder.Dispose();
        if (failures.Count > 0)
        {
            throw new AggregateException(failures);
        }
    }
}
