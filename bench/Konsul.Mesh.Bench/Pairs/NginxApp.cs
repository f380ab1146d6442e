using Konsul.Mesh.Bench.Processes;

namespace Konsul.Mesh.Bench.Pairs;

/// <summary>The app behind every pair: one nginx worker that answers two static bodies. Its CPU is counted for no pair.</summary>
internal sealed class NginxApp : IAsyncDisposable
{
    private readonly ChildProcess _process;

    private NginxApp(ChildProcess process, int port)
    {
        _process = process;
        Port = port;
    }

    public int Port { get; }

    public static async Task<NginxApp> StartAsync(string folder, TimeProvider time, CancellationToken cancel)
    {
        Directory.CreateDirectory(folder);
        foreach (var body in new[] { Body.Small, Body.Large })
        {
            await File.WriteAllBytesAsync(Path.Combine(folder, body.Path[1..]), body.Bytes, cancel);
        }

        var port = FreePort.Next();
        var nginx = NginxPair.Start("app", folder, $$"""
                open_file_cache max=16 inactive=1h;
                sendfile on;
                server {
                    listen 127.0.0.1:{{port}} backlog=1024;
                    root {{folder}};
                }
            """);
        var app = new NginxApp(nginx, port);
        await Http.WaitForAsync(nginx, new Uri($"http://127.0.0.1:{port}/small"), TimeSpan.FromSeconds(10), time, cancel);
        return app;
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
