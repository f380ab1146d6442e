using System.Globalization;
using Konsul.Mesh.Bench.Report;

namespace Konsul.Mesh.Bench.Restore;

/// <summary>How long it takes to make a large state of its snapshot, in this process; beside another build in the same run, in turns.</summary>
internal sealed class RestoreRunner(BenchOptions options, TimeProvider time, TextWriter output)
{
    public async Task<int> RunAsync(CancellationToken cancel)
    {
        StateProgram[] programs = [.. new[] { options.Before, options.KonsulBin }.Where(f => f.Length > 0).Select(StateProgram.Load)];
        var path = Path.GetTempFileName();
        try
        {
            await using (var file = File.Create(path))
            {
                programs[0].WriteSnapshot(options.Keys, options.ValueBytes, file);
            }

            await output.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture, $"{options.Keys:N0} keys of {options.ValueBytes} B, a snapshot of {new FileInfo(path).Length / 1e6:0} MB; {Machine.Describe()}"));
            var runs = programs.ToDictionary(p => p, _ => new List<Run>());
            for (var i = 0; i < options.Rounds; i++)
            {
                foreach (var program in programs)
                {
                    cancel.ThrowIfCancellationRequested();
                    runs[program].Add(Measure(program, path));
                }
            }

            foreach (var program in programs)
            {
                await ReportAsync(program.Folder, runs[program]);
            }

            if (programs is [var before, var after])
            {
                var ratio = Spread.Of(runs[before].Zip(runs[after], (b, a) => a.Seconds / b.Seconds));
                await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"time of the second to the first: {ratio.Median:0.00} ({ratio.Min:0.00}-{ratio.Max:0.00})"));
            }

            return 0;
        }
        finally
        {
            File.Delete(path);
        }
    }

    private Run Measure(StateProgram program, string path)
    {
        var (held, allocated, collections) = (GC.GetTotalMemory(forceFullCollection: true), GC.GetTotalAllocatedBytes(precise: true), GC.CollectionCount(0));
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 256 * 1024);
        var (started, worked) = (time.GetTimestamp(), Environment.CpuUsage.TotalTime);
        var state = program.Restore(file);
        var (took, cpu) = (time.GetElapsedTime(started), Environment.CpuUsage.TotalTime - worked);
        (allocated, collections) = (GC.GetTotalAllocatedBytes(precise: true) - allocated, GC.CollectionCount(0) - collections);
        held = GC.GetTotalMemory(forceFullCollection: true) - held;
        GC.KeepAlive(state);
        return new Run(took.TotalSeconds, cpu.TotalSeconds, (double)allocated / options.Keys, (double)held / options.Keys, collections);
    }

    private Task ReportAsync(string folder, List<Run> runs)
    {
        var (seconds, cpu, collections) = (Spread.Of(runs.Select(r => r.Seconds)), Spread.Of(runs.Select(r => r.Cpu)), Spread.Of(runs.Select(r => (double)r.Collections)));
        return output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"{folder}: restored in {seconds.Median:0.00} s ({seconds.Min:0.00}-{seconds.Max:0.00}), {cpu.Median:0.00} s of CPU, {runs[^1].Allocated:0} B allocated and {runs[^1].Held:0} B held per key, {collections.Median:0} collections"));
    }

    /// <param name="Seconds">To restore.</param>
    /// <param name="Cpu">Seconds on all cores.</param>
    /// <param name="Allocated">Bytes per key.</param>
    /// <param name="Held">Bytes per key, value included.</param>
    /// <param name="Collections">Of garbage, of any generation.</param>
    private sealed record Run(double Seconds, double Cpu, double Allocated, double Held, int Collections);
}
