using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Konsul.Mesh.Grpc.Tests;

/// <summary>An independent implementation of gRPC as a process: what it needs on the machine, and its script in interop/.</summary>
internal sealed class InteropPeer
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly SemaphoreSlim Installing = new(1, 1);

    private readonly string _program;
    private readonly string _script;

    private InteropPeer(string program, string script)
    {
        _program = program;
        _script = script;
    }

    private static string Folder { get; } = Path.Combine(SourceFolder(), "interop");

    /// <summary>The peer by name; skips the running test with the reason where the machine does not have it.</summary>
    public static async Task<InteropPeer> FindAsync(string name)
    {
        if (name == "python")
        {
            var (code, output) = await RunAsync("/usr/bin/python3", ["-c", "import grpc, google.protobuf"]);
            Assert.SkipUnless(code == 0, $"python3-grpcio and python3-protobuf are needed for /usr/bin/python3: {output}");
            return new InteropPeer("/usr/bin/python3", "peer.py");
        }

        var node = await RunAsync("node", ["--version"]);
        Assert.SkipUnless(node.Code == 0, $"node is needed: {node.Output}");
        await Installing.WaitAsync();
        try
        {
            if (!Directory.Exists(Path.Combine(Folder, "node_modules", "@grpc", "grpc-js")))
            {
                var install = await RunAsync("npm", ["ci", "--ignore-scripts"]);
                Assert.SkipUnless(install.Code == 0, $"@grpc/grpc-js cannot be installed: {install.Output}");
            }
        }
        finally
        {
            Installing.Release();
        }

        return new InteropPeer("node", "peer.mjs");
    }

    /// <summary>Lets the peer's client check a server; what it printed.</summary>
    public async Task<(int Code, string Output)> CallAsync(Uri server) => await RunAsync(_program, [_script, "call", server.Authority]);

    /// <summary>Starts the peer's server. Closing the process's stdin ends it.</summary>
    public async Task<RunningServer> ServeAsync()
    {
        var process = Process.Start(StartInfo(_program, [_script, "serve"]))!;
        var line = await process.StandardOutput.ReadLineAsync().WaitAsync(Patience);
        if (line?.StartsWith("PORT ", StringComparison.Ordinal) == true)
            return new RunningServer(process, new Uri($"http://127.0.0.1:{line[5..]}"));

        process.Kill();
        throw new InvalidOperationException($"{_script} serve said '{line}' {await process.StandardError.ReadToEndAsync()}");
    }

    private static async Task<(int Code, string Output)> RunAsync(string program, string[] arguments)
    {
        try
        {
            using var process = Process.Start(StartInfo(program, arguments))!;
            process.StandardInput.Close();
            var texts = Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            try
            {
                await process.WaitForExitAsync().WaitAsync(Patience);
            }
            catch (TimeoutException)
            {
                process.Kill(entireProcessTree: true);
                return (-1, "it did not end: " + string.Concat(await texts));
            }

            return (process.ExitCode, string.Concat(await texts));
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return (-1, e.Message);
        }
    }

    private static ProcessStartInfo StartInfo(string program, string[] arguments) => new(program, arguments)
    {
        WorkingDirectory = Folder,
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
        Environment = { ["NO_PROXY"] = "127.0.0.1,localhost", ["no_proxy"] = "127.0.0.1,localhost" },
    };

    private static string SourceFolder([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;

    internal sealed class RunningServer(Process process, Uri address) : IAsyncDisposable
    {
        public Uri Address => address;

        public async ValueTask DisposeAsync()
        {
            process.StandardInput.Close();
            await process.WaitForExitAsync().WaitAsync(Patience);
            process.Dispose();
        }
    }
}
