using System.Net.Http.Json;

namespace Konsul.Mesh.TestKit.Processes;

/// <summary>A real konsul-server on free loopback ports. It can be killed and started again on the same data and ports.</summary>
public sealed class ServerProcess : IAsyncDisposable
{
    private readonly string _folder;
    private readonly string[] _options;
    private ProgramProcess _process;

    private ServerProcess(string folder, string[] options, ProgramProcess process, IReadOnlyDictionary<string, int> ports)
    {
        (_folder, _options, _process, HttpPort, GrpcPort, DnsPort) = (folder, options, process, ports["http"], ports["grpc"], ports["dns"]);
        Http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{HttpPort}") };
    }

    public int HttpPort { get; }

    public int GrpcPort { get; }

    /// <summary>UDP and TCP.</summary>
    public int DnsPort { get; }

    public HttpClient Http { get; }

    public ProgramProcess Process => _process;

    public string GrpcAddress => $"127.0.0.1:{GrpcPort}";

    /// <param name="folder">Holds the data directory and the ports file; outlives restarts.</param>
    /// <param name="options">More options, e.g. <c>--leaf-ttl 10s</c>.</param>
    public static async Task<ServerProcess> StartAsync(string folder, params string[] options)
    {
        var process = Launch(folder, 0, 0, 0, options);
        var ports = await PortsFile.ReadAsync(PortsPath(folder), process, "http", "grpc", "dns").ConfigureAwait(false);
        var server = new ServerProcess(folder, options, process, ports);
        await server.WaitUntilReadyAsync().ConfigureAwait(false);
        return server;
    }

    public Task WaitUntilReadyAsync() =>
        Eventually.HoldsAsync(
            "the server is ready",
            async () =>
            {
                _process.ThrowIfEnded();
                using var answer = await Http.GetAsync("/health/ready").ConfigureAwait(false);
                return answer.IsSuccessStatusCode ? null : await answer.Content.ReadAsStringAsync().ConfigureAwait(false);
            });

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        _process.Send(Signal.Kill);
        await _process.WaitForExitAsync().ConfigureAwait(false);
    }

    /// <summary>Starts again on the same data directory and the same ports.</summary>
    public async Task StartAgainAsync()
    {
        await _process.DisposeAsync().ConfigureAwait(false);
        File.Delete(PortsPath(_folder));
        _process = Launch(_folder, HttpPort, GrpcPort, DnsPort, _options);
        await WaitUntilReadyAsync().ConfigureAwait(false);
    }

    public async Task PutAsync(string path, object? body = null)
    {
        using var answer = await Http.PutAsJsonAsync(path, body ?? new { }).ConfigureAwait(false);
        await ThrowUnlessGoodAsync(path, answer).ConfigureAwait(false);
    }

    /// <summary>Writes the intention <paramref name="source"/> → <paramref name="destination"/>: "allow" or "deny".</summary>
    public Task SetIntentionAsync(string source, string destination, string action) =>
        PutAsync($"/v1/connect/intentions/exact?source={source}&destination={destination}", new { Action = action });

    public async Task DeleteIntentionAsync(string source, string destination)
    {
        var path = $"/v1/connect/intentions/exact?source={source}&destination={destination}";
        using var answer = await Http.DeleteAsync(path).ConfigureAwait(false);
        await ThrowUnlessGoodAsync(path, answer).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _process.DisposeAsync().ConfigureAwait(false);
    }

    private static async Task ThrowUnlessGoodAsync(string path, HttpResponseMessage answer)
    {
        if (!answer.IsSuccessStatusCode)
        {
            throw new InvalidOperationException($"{path}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync().ConfigureAwait(false)}");
        }
    }

    private static string PortsPath(string folder) => Path.Combine(folder, "server-ports.json");

    private static ProgramProcess Launch(string folder, int httpPort, int grpcPort, int dnsPort, string[] options) =>
        ProgramProcess.Start(
            "konsul-server",
            Programs.Server,
            [
                "--dev",
                "--data-dir", Path.Combine(folder, "data"),
                "--http-addr", $"127.0.0.1:{httpPort}",
                "--grpc-addr", $"127.0.0.1:{grpcPort}",
                "--dns-addr", $"127.0.0.1:{dnsPort}",
                "--raft-addr", "127.0.0.1:0",
                "--ports-file", PortsPath(folder),
                .. options,
            ]);
}
