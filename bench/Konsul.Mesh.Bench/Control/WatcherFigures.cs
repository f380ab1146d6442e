using System.Globalization;
using Konsul.Mesh.Bench.Pairs;
using Konsul.Mesh.Bench.Processes;
using Konsul.Mesh.Bench.Report;

namespace Konsul.Mesh.Bench.Control;

/// <summary>Many requests that are held: what each costs, and how long one change takes until the last of them has its answer.</summary>
internal static class WatcherFigures
{
    private const string Everybody = "watched";
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(3);

    public static async Task<IReadOnlyList<FigureRow>> RunAsync(KonsulServer server, BenchOptions options, TimeProvider time, CancellationToken cancel)
    {
        await RegisterAsync(server, "passing", cancel);
        var before = await QuietBytesAsync(server, time, cancel);
        var connections = await Task.WhenAll(Enumerable.Range(0, options.Watchers).Select(_ => RawConnection.OpenAsync(server.Api, cancel)));
        try
        {
            // Each has had an answer before it waits, so that what a connection costs by itself is there already.
            await Parallel.ForEachAsync(connections, cancel, async (c, token) => await c.GetAsync($"/v1/health/service/{Everybody}", token));
            var idle = await QuietBytesAsync(server, time, cancel);
            await HoldAllAsync(connections, cancel);
            var held = await QuietBytesAsync(server, time, cancel);
            List<FigureRow> rows =
            [
                Row("an idle connection, private memory each", "B", [(idle - before) / (double)options.Watchers], null),
                Row(string.Create(CultureInfo.InvariantCulture, $"a held request on it, private memory each, {options.Watchers:N0} held"), "B", [(held - idle) / (double)options.Watchers], null),
            ];

            var (last, median) = (new List<double>(), new List<double>());
            for (var i = 0; i < options.Changes; i++)
            {
                var latencies = await ChangeAsync(server, connections, i % 2 == 0 ? "warning" : "passing", time, cancel);
                (last, median) = ([.. last, latencies.Percentile(100)], [.. median, latencies.Percentile(50)]);
                await HoldAllAsync(connections, cancel);
                await Task.Delay(TimeSpan.FromSeconds(1), time, cancel);
            }

            rows.Add(Row(string.Create(CultureInfo.InvariantCulture, $"one change to the last of {options.Watchers:N0} watchers of one service"), "ms", last, "< 250 ms p99"));
            rows.Add(Row("the same to the watcher in the middle", "ms", median, null));
            rows.Add(Row("the same, 99th percentile of the runs", "ms", [Percentile(last, 99)], "< 250 ms"));
            return rows;
        }
        finally
        {
            Array.ForEach(connections, c => c.Dispose());
        }
    }

    private static async Task<Latencies> ChangeAsync(KonsulServer server, RawConnection[] connections, string status, TimeProvider time, CancellationToken cancel)
    {
        var latencies = new Latencies();
        long changed = 0;
        var reading = connections.Select(async c =>
        {
            await c.ReadAsync(cancel);
            latencies.Add(time.GetElapsedTime(Volatile.Read(ref changed)));
        }).ToArray();
        Volatile.Write(ref changed, time.GetTimestamp());
        await RegisterAsync(server, status, cancel);
        await Task.WhenAll(reading);
        return latencies;
    }

    private static Task HoldAllAsync(RawConnection[] connections, CancellationToken cancel) => Parallel.ForEachAsync(
        connections, cancel,
        async (c, token) => await c.SendAsync(string.Create(CultureInfo.InvariantCulture, $"/v1/health/service/{Everybody}?index={c.Index}&wait=600s"), token));

    private static Task RegisterAsync(KonsulServer server, string status, CancellationToken cancel) => server.PutAsync("catalog/register", System.Text.Json.Nodes.JsonNode.Parse($$$"""
        {"Node":"watched-node","Address":"10.0.0.1","Service":{"Service":"{{{Everybody}}}","Port":80},"Check":{"Name":"alive","CheckID":"watched","ServiceID":"{{{Everybody}}}","Status":"{{{status}}}"}}
        """), cancel);

    private static async Task<long> QuietBytesAsync(KonsulServer server, TimeProvider time, CancellationToken cancel)
    {
        await Task.Delay(Settle, time, cancel);
        return ProcStat.PrivateBytes(server.Pid);
    }

    private static double Percentile(List<double> values, double percent)
    {
        var latencies = new Latencies();
        values.ForEach(v => latencies.Add(TimeSpan.FromMilliseconds(v)));
        return latencies.Percentile(percent);
    }

    private static FigureRow Row(string name, string unit, IEnumerable<double> values, string? wanted) => new(name, unit, Spread.Of(values), wanted);
}
