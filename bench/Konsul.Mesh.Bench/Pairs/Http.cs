using Konsul.Mesh.Bench.Processes;

namespace Konsul.Mesh.Bench.Pairs;

/// <summary>Small questions over plain HTTP to what the benchmark has started.</summary>
internal static class Http
{
    public static readonly HttpClient Client = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(5) };

    /// <summary>Waits for a 200; ends early with its log if the process ends.</summary>
    public static Task WaitForAsync(ChildProcess process, Uri address, TimeSpan deadline, TimeProvider time, CancellationToken cancel, TimeSpan? every = null) =>
        Poll.UntilAsync($"{process.Name} {address}", async token =>
        {
            process.ThrowIfExited();
            using var response = await Client.GetAsync(address, token);
            return response.IsSuccessStatusCode ? null : $"status {(int)response.StatusCode}";
        }, deadline, time, cancel, every);
}
