using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Konsul.Mesh.Bench.Processes;

/// <summary>A long-running process of the benchmark. Disposing it sends SIGTERM, waits, and kills what is left of its tree.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private const int KeptLogCharacters = 8_000;
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly Process _process;
    private readonly StringBuilder _log = new();

    private ChildProcess(string name, Process process)
    {
        Name = name;
        _process = process;
    }

    public string Name { get; }

    public int Pid => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>The last part of what it printed, for the message when something fails.</summary>
    public string Log
    {
        get
        {
            lock (_log)
            {
                return _log.ToString();
            }
        }
    }

    public static ChildProcess Start(string name, string file, IEnumerable<string> arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var (key, value) in environment)
        {
            start.Environment[key] = value;
        }

        var process = Process.Start(start) ?? throw new BenchException($"{name}: {file} did not start");
        var child = new ChildProcess(name, process);
        process.OutputDataReceived += (_, e) => child.Keep(e.Data);
        process.ErrorDataReceived += (_, e) => child.Keep(e.Data);
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return child;
    }

    public void ThrowIfExited()
    {
        if (_process.HasExited)
        {
            throw new BenchException($"{Name} ended with exit code {_process.ExitCode}: {Log.Trim()}");
        }
    }

    /// <summary>Sends <paramref name="signal"/> ("TERM", "KILL") and waits for the end.</summary>
    public async Task EndAsync(string signal)
    {
        await SendAsync(signal);
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (!_process.HasExited)
            {
                await SendAsync("TERM");
                using var limit = new CancellationTokenSource(Grace);
                await _process.WaitForExitAsync(limit.Token);
            }
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync(CancellationToken.None);
        }
        finally
        {
            _process.Dispose();
        }
    }

    private Task SendAsync(string signal) =>
        Tool.RunAsync("kill", [$"-{signal}", _process.Id.ToString(CultureInfo.InvariantCulture)], Grace, CancellationToken.None);

    private void Keep(string? line)
    {
        lock (_log)
        {
            _log.Append(line).Append('\n');
            if (_log.Length > KeptLogCharacters)
            {
                _log.Remove(0, _log.Length - KeptLogCharacters);
            }
        }
    }
}
