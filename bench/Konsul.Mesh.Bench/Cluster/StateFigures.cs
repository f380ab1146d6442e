using System.Globalization;
using Konsul.Mesh.Bench.Processes;
using Konsul.Mesh.Bench.Report;

namespace Konsul.Mesh.Bench.Cluster;

/// <summary>What a large state costs: memory, restart, and writes while a snapshot of it is taken.</summary>
internal sealed class StateFigures(BenchOptions options, KonsulCluster cluster, string folder, TimeProvider time, TextWriter output)
{
    private const int WriteClients = 64;
    private readonly List<FigureRow> _figures = [];

    public async Task<IReadOnlyList<FigureRow>> RunAsync(CancellationToken cancel)
    {
        var leader = await cluster.LeaderAsync(cancel);
        var empty = Memory();
        var filled = await new KeyFiller(cluster, options.Keys, options.ValueBytes, time).RunAsync(leader, cancel);
        await ReportAsync("keys written per second while filling, 1 client process", "/s", [options.Keys / filled.TotalSeconds], null);
        await Task.Delay(TimeSpan.FromSeconds(10), time, cancel);
        var full = Memory();
        await ReportAsync(
            string.Create(CultureInfo.InvariantCulture, $"private memory of a server with {options.Keys:N0} keys of {options.ValueBytes} B"), "MB", full.Select(b => b / 1e6), null);
        await ReportAsync("memory per key, value included", "B", full.Zip(empty, (f, e) => (f - e) / (double)options.Keys), null);

        await SnapshotsAsync(leader, cancel);
        await RestartsAsync(cancel);
        return _figures;
    }

    private async Task SnapshotsAsync(int leader, CancellationToken cancel)
    {
        var (quiet, busy, snapshots) = (new List<double>(), new List<double>(), new List<double>());
        for (var i = 0; i < options.Rounds; i++)
        {
            quiet.Add((await WriteAsync(leader, cancel)).P99);
            using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            var saving = SaveAsync(leader, enough.Token);
            busy.Add((await WriteAsync(leader, cancel)).P99);
            await enough.CancelAsync();
            snapshots.Add(await saving);
        }

        await ReportAsync("write p99 without a snapshot, 64 clients", "us", quiet, null);
        await ReportAsync("write p99 while snapshots are saved without pause", "us", busy, null);
        await ReportAsync("snapshots that became whole meanwhile", "", snapshots, null);
        await ReportAsync("ratio of the two", "", quiet.Zip(busy, (q, b) => b / q), "< 1.5");
    }

    private async Task<H2Load> WriteAsync(int leader, CancellationToken cancel) =>
        await H2Load.RunAsync([cluster.Write(leader)], WriteClients, 8 * options.Duration, folder, cancel);

    /// <summary>Saves one snapshot after another until it is told to stop.</summary>
    /// <returns>How many became whole, the last one in part.</returns>
    private async Task<double> SaveAsync(int leader, CancellationToken until)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromMinutes(5) };
        var (bytes, ofWhole, whole) = (0L, 0L, 0);
        var buffer = new byte[1 << 20];
        try
        {
            while (true)
            {
                bytes = 0;
                await using var archive = await client.GetStreamAsync(new Uri(cluster.Api(leader), "snapshot"), until);
                for (int read; (read = await archive.ReadAsync(buffer, until)) > 0; bytes += read)
                {
                }

                (whole, ofWhole) = (whole + 1, bytes);
            }
        }
        catch (OperationCanceledException) when (until.IsCancellationRequested)
        {
            return whole == 0 ? 0 : whole + ((double)bytes / ofWhole);
        }
    }

    private async Task RestartsAsync(CancellationToken cancel)
    {
        var took = new List<double>();
        for (var i = 0; i < options.Rounds; i++)
        {
            var victim = (await cluster.LeaderAsync(cancel) + 1) % IStoreCluster.Servers;
            await cluster.EndAsync(victim, "KILL");
            cluster.Start(victim);
            took.Add((await cluster.ReadyAsync(victim, cancel)).TotalSeconds);
            await output.WriteLineAsync(cluster.Process(victim).Log.Split('\n').FirstOrDefault(l => l.Contains("Ready after", StringComparison.Ordinal)) ?? "");
        }

        await ReportAsync("a killed server with this state is ready again", "s", took, "< 10 s");
    }

    private double[] Memory() => [.. Enumerable.Range(0, IStoreCluster.Servers).Select(i => (double)ProcStat.PrivateBytes(cluster.Process(i).Pid))];

    private async Task ReportAsync(string name, string unit, IEnumerable<double> values, string? wanted)
    {
        var row = new FigureRow(name, unit, Spread.Of(values), wanted);
        _figures.Add(row);
        await output.WriteLineAsync($"{row.Name,-72} {row.Value.Median:0.##} {row.Unit} ({row.Value.Min:0.##}-{row.Value.Max:0.##})");
    }
}
