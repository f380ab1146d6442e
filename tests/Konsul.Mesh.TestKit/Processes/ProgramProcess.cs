using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Konsul.Mesh.TestKit.Processes;

/// <summary>
/// A real program started by a test, with its output kept. Disposal stops it by process id: SIGTERM first, SIGKILL after ten seconds.
/// </summary>
public sealed partial class ProgramProcess : IAsyncDisposable
{
    private const int KeptLines = 5_000;
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(10);
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();
    private bool _disposed;

    private ProgramProcess(Process process, string name)
    {
        _process = process;
        Name = name;
        process.OutputDataReceived += (_, e) => Keep(e.Data);
        process.ErrorDataReceived += (_, e) => Keep(e.Data);
    }

    public string Name { get; }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    /// <summary>The last lines of stdout and stderr, as they came.</summary>
    public IReadOnlyCollection<string> Lines => _lines;

    public string Output => string.Join('\n', _lines);

    /// <param name="name">For messages.</param>
    /// <param name="file">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="environment">Variables besides those of this process.</param>
    /// <param name="workingDirectory">Default: the folder for temporary files.</param>
    /// <param name="input">What it finds on stdin, a few lines; by default nothing.</param>
    public static ProgramProcess Start(
        string name, string file, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, string? workingDirectory = null,
        string? input = null)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            UseShellExecute = false,
            WorkingDirectory = workingDirectory ?? Path.GetTempPath(),
        };
        foreach (var (key, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[key] = value;
        }

        var process = Process.Start(start) ?? throw new InvalidOperationException($"{file} did not start.");
        var program = new ProgramProcess(process, name);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        program.Feed(input);
        return program;
    }

    public void Send(Signal signal)
    {
        if (!_process.HasExited && Kill(_process.Id, (int)signal) != 0)
        {
            throw new InvalidOperationException($"kill({_process.Id}, {signal}) failed: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    /// <summary>Waits for the end and returns the exit code; also waits until all output has been read.</summary>
    public async Task<int> WaitForExitAsync(TimeSpan? timeout = null)
    {
        using var deadline = new CancellationTokenSource(timeout ?? Eventually.DefaultTimeout);
        try
        {
            await _process.WaitForExitAsync(deadline.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"{Name} did not exit. Its output:\n{Output}");
        }

        return _process.ExitCode;
    }

    public Task WaitForLineAsync(string text, TimeSpan? timeout = null) =>
        Eventually.HoldsAsync(
            $"{Name} prints \"{text}\"",
            async () =>
            {
                if (_process.HasExited)
                {
                    // Its last words may still be on their way.
                    await _process.WaitForExitAsync().ConfigureAwait(false);
                }

                if (_lines.Any(l => l.Contains(text, StringComparison.Ordinal)))
                {
                    return null;
                }

                ThrowIfEnded();
                return StateText();
            },
            timeout);

    /// <summary>Private memory (RssAnon), bytes.</summary>
    public long PrivateMemory()
    {
        var line = File.ReadLines($"/proc/{Id}/status").First(l => l.StartsWith("RssAnon:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], System.Globalization.CultureInfo.InvariantCulture) * 1024;
    }

    /// <summary>May be called again: a test may stop what its mesh would stop at the end.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        if (!_process.HasExited)
        {
            _ = Kill(_process.Id, (int)Signal.Continue);
            _ = Kill(_process.Id, (int)Signal.Terminate);
            using var deadline = new CancellationTokenSource(StopTimeout);
            try
            {
                await _process.WaitForExitAsync(deadline.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                _ = Kill(_process.Id, (int)Signal.Kill);
                await _process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
            }
        }

        _process.Dispose();
    }

    /// <exception cref="ProgramEndedException">It runs no more.</exception>
    public void ThrowIfEnded()
    {
        if (_process.HasExited)
        {
            throw new ProgramEndedException(StateText());
        }
    }

    internal string StateText() =>
        (_process.HasExited ? $"{Name} exited with {_process.ExitCode}" : $"{Name} runs") + "; its last lines:\n" + string.Join('\n', _lines.TakeLast(20));

    private void Feed(string? input)
    {
        try
        {
            _process.StandardInput.Write(input);
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has ended already; its exit code tells more.
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int pid, int signal);

    private void Keep(string? line)
    {
        if (line is null)
        {
            return;
        }

        _lines.Enqueue(line);
        while (_lines.Count > KeptLines)
        {
            _lines.TryDequeue(out _);
        }
    }
}
