using System.Globalization;
using Konsul.Mesh.Bench.Processes;

namespace Konsul.Mesh.Bench.Load;

internal static class Wrk
{
    /// <summary>One thread, so that the generator takes at most one core from what it measures.</summary>
    public static async Task<WrkResult> RunAsync(Uri address, int connections, TimeSpan duration, CancellationToken cancel)
    {
        string[] arguments = ["-t1", $"-c{connections}", $"-d{((int)duration.TotalSeconds).ToString(CultureInfo.InvariantCulture)}s", "--latency", address.ToString()];
        var result = await Tool.RunAsync("wrk", arguments, duration + TimeSpan.FromSeconds(20), cancel);
        return result.ExitCode == 0 ? WrkResult.Parse(result.Output) : throw new BenchException($"wrk failed: {result.Output}{result.Error}");
    }
}
