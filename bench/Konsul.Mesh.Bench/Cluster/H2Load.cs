using System.Globalization;
using Konsul.Mesh.Bench.Processes;

namespace Konsul.Mesh.Bench.Cluster;

/// <summary>nghttp2's load generator: closed loop, one request at a time on each connection. Times in microseconds.</summary>
internal sealed record H2Load(double RequestsPerSecond, double P50, double P99, double Max)
{
    /// <summary>Loads all targets at once, the clients shared among them; any answer but 200 is a failure.</summary>
    public static async Task<H2Load> RunAsync(
        IReadOnlyList<StoreTarget> targets, int clients, TimeSpan duration, string folder, CancellationToken cancel)
    {
        var shares = Enumerable.Range(0, targets.Count).Select(i => (clients / targets.Count) + (i < clients % targets.Count ? 1 : 0)).ToArray();
        var logs = shares.Select((_, i) => Path.Combine(folder, $"h2load-{i}.log")).ToArray();
        Array.ForEach(logs, File.Delete);
        var took = await Task.WhenAll(targets.Select((t, i) => RunAsync(t, shares[i], duration, logs[i], cancel)));
        var times = took.SelectMany(t => t).ToArray();
        if (times.Length == 0)
        {
            throw new BenchException($"h2load got no answer from {targets[0].Uri}");
        }

        Array.Sort(times);
        return new H2Load(times.Length / duration.TotalSeconds, At(0.5), At(0.99), times[^1]);

        double At(double share) => times[(int)(share * (times.Length - 1))];
    }

    private static async Task<List<double>> RunAsync(StoreTarget target, int clients, TimeSpan duration, string log, CancellationToken cancel)
    {
        string[] arguments =
        [
            "-c", clients.ToString(CultureInfo.InvariantCulture), "-m", "1", "-D", duration.TotalSeconds.ToString("0", CultureInfo.InvariantCulture),
            "--log-file", log, .. target.Arguments, .. target.Arguments.Contains("-i") ? Array.Empty<string>() : [target.Uri.AbsoluteUri],
        ];
        var result = await Tool.RunAsync("h2load", arguments, duration + TimeSpan.FromSeconds(20), cancel);
        return result.ExitCode == 0 ? Read(log) : throw new BenchException($"h2load failed: {result.Output}{result.Error}");
    }

    /// <summary>A line a request: when it began, its status (-1 when it failed), how long it took.</summary>
    private static List<double> Read(string log)
    {
        var took = new List<double>();
        foreach (var line in File.ReadLines(log))
        {
            var fields = line.Split('\t');
            if (fields is not [_, "200", var microseconds])
            {
                throw new BenchException($"a request under load was not answered 200: {line}");
            }

            took.Add(double.Parse(microseconds, CultureInfo.InvariantCulture));
        }

        return took;
    }
}
