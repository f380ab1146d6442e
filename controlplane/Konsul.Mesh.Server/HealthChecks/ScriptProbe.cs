using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Konsul.Mesh.Model.Catalog;

namespace Konsul.Mesh.Server.HealthChecks;

/// <summary>
/// Runs a program: exit code 0 is passing, 1 warning, all else critical; its output, the last part of it, is the check's. It runs in a process group
/// of its own, all of which is killed when its time is over.
/// </summary>
internal sealed partial class ScriptProbe : IProbe
{
    /// <summary>Makes a session, and with it a group, that carries the program's process id.</summary>
    private const string NewGroup = "/usr/bin/setsid";

    private const int Kill = 9;

    public async Task<ProbeResult> RunAsync(HealthCheck check, CancellationToken cancellationToken)
    {
        var arguments = check.Definition.ScriptArgs!.Value;
        var grouped = File.Exists(NewGroup);
        var start = grouped ? new ProcessStartInfo(NewGroup, arguments) : new ProcessStartInfo(arguments[0], arguments.Skip(1));
        (start.RedirectStandardInput, start.RedirectStandardOutput, start.RedirectStandardError) = (true, true, true);

        // Options of the server, tokens among them, may be in its environment.
        foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("KONSUL_", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        try
        {
            using var process = Process.Start(start)!;
            process.StandardInput.Close();
            return await RunAsync(process, grouped, check.Definition, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is Win32Exception or IOException or InvalidOperationException)
        {
            return new ProbeResult(CheckStatus.Critical, $"The script could not be run: {e.Message}");
        }
    }

    private static async Task<ProbeResult> RunAsync(Process process, bool grouped, CheckDefinition definition, CancellationToken cancellationToken)
    {
        var limit = definition.OutputMaxSize is > 0 and < CheckOutput.DefaultMaxBytes ? definition.OutputMaxSize : CheckOutput.DefaultMaxBytes;
        var tail = new OutputTail(limit);
        try
        {
            var output = Task.WhenAll(
                tail.ReadAsync(process.StandardOutput.BaseStream, cancellationToken), tail.ReadAsync(process.StandardError.BaseStream, cancellationToken));
            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);

            // What the script left running may hold its output open for ever; it goes with it.
            End(process, grouped);
            await output.ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            End(process, grouped);
            throw;
        }

        var status = process.ExitCode switch { 0 => CheckStatus.Passing, 1 => CheckStatus.Warning, _ => CheckStatus.Critical };
        return new ProbeResult(status, tail.ToString());
    }

    private static void End(Process process, bool grouped)
    {
        if (grouped)
            _ = SendSignal(-process.Id, Kill);
        else if (!process.HasExited)
            process.Kill(entireProcessTree: true);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int process, int signal);

    /// <summary>The last bytes of two streams, in the order in which they came.</summary>
    private sealed class OutputTail(int limit)
    {
        private readonly Lock _lock = new();
        private readonly byte[] _kept = new byte[limit];
        private long _seen;

        public async Task ReadAsync(Stream stream, CancellationToken cancellationToken)
        {
            var buffer = new byte[4096];
            while (await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is > 0 and var read)
                Add(buffer.AsSpan(0, read));
        }

        public override string ToString()
        {
            lock (_lock)
            {
                if (_seen <= limit)
                    return Encoding.UTF8.GetString(_kept, 0, (int)_seen);
                var cut = (int)(_seen % limit);
                return Encoding.UTF8.GetString([.. _kept.AsSpan(cut), .. _kept.AsSpan(0, cut)]);
            }
        }

        private void Add(ReadOnlySpan<byte> bytes)
        {
            lock (_lock)
            {
                foreach (var b in bytes)
                    _kept[(int)(_seen++ % limit)] = b;
            }
        }
    }
}
