using System.Globalization;
using Konsul.Mesh.Bench.Pairs;
using Konsul.Mesh.Bench.Processes;
using Konsul.Mesh.Bench.Report;

namespace Konsul.Mesh.Bench.Control;

/// <summary>Many instances that change all the time: what they cost, and how fast health queries are answered meanwhile.</summary>
internal static class CatalogFigures
{
    private const int Services = 50;

    /// <summary>Of all instances, per minute.</summary>
    private const double Churn = 0.1;

    /// <summary>100,000 per minute.</summary>
    private const double QueriesPerSecond = 100_000.0 / 60;

    public static async Task<IReadOnlyList<FigureRow>> RunAsync(KonsulServer server, BenchOptions options, TimeProvider time, CancellationToken cancel)
    {
        using var instances = new Instances(server, options.Instances, Services);
        var empty = ProcStat.PrivateBytes(server.Pid);
        var started = time.GetTimestamp();
        await instances.RegisterAllAsync(cancel);
        var took = time.GetElapsedTime(started).TotalSeconds;
        var what = string.Create(CultureInfo.InvariantCulture, $"{options.Instances:N0} instances of {Services} services");
        await Task.Delay(TimeSpan.FromSeconds(5), time, cancel);
        List<FigureRow> rows =
        [
            Row("registrations per second while filling, 32 clients", "/s", options.Instances / took, null),
            Row($"private memory with {what}", "MB", ProcStat.PrivateBytes(server.Pid) / 1e6, null),
            Row("of that per instance, with its node and check", "B", (ProcStat.PrivateBytes(server.Pid) - empty) / (double)options.Instances, null),
        ];

        // One client compiles the code paths first; its times do not count.
        await QueryAsync(server, 1, options.Warmup, time, cancel);
        var idle = await QueryAsync(server, 1, options.Duration, time, cancel);
        rows.Add(Row("health query of one service, idle, p50", "ms", idle.Percentile(50), "< 1 ms"));
        rows.Add(Row("health query of one service, idle, p99", "ms", idle.Percentile(99), null));

        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var churning = ChurnAsync(instances, options.Instances, time, enough.Token);
        var cpu = ProcStat.CpuMicroseconds(server.Pid);
        var began = time.GetTimestamp();
        var churned = await QueryAsync(server, 4, 4 * options.Duration, time, cancel, QueriesPerSecond);
        var elapsed = time.GetElapsedTime(began);
        rows.Add(Row("queries per minute asked for, under churn of 10 % per minute", "/min", QueriesPerSecond * 60, null));
        rows.Add(Row("queries per minute answered", "/min", churned.Count / elapsed.TotalMinutes, ">= 100,000"));
        rows.Add(Row("health query under that load and churn, p50", "ms", churned.Percentile(50), null));
        rows.Add(Row("health query under that load and churn, p99", "ms", churned.Percentile(99), "< 10 ms"));
        rows.Add(Row("CPU of the server under that load and churn", "cores", (ProcStat.CpuMicroseconds(server.Pid) - cpu) / elapsed.TotalMicroseconds, null));
        await enough.CancelAsync();
        await churning;
        return rows;
    }

    /// <summary>Each change takes a check from passing to warning or back.</summary>
    private static async Task ChurnAsync(Instances instances, int count, TimeProvider time, CancellationToken until)
    {
        using var tick = new PeriodicTimer(TimeSpan.FromMinutes(1) / (count * Churn), time);
        try
        {
            for (var i = 0; await tick.WaitForNextTickAsync(until); i++)
            {
                await instances.PutAsync(i % count, i / count % 2 == 0 ? "warning" : "passing", until);
            }
        }
        catch (OperationCanceledException) when (until.IsCancellationRequested)
        {
            // Enough changes.
        }
    }

    /// <summary>Asks for the healthy instances of one service after the other.</summary>
    /// <param name="server">The server.</param>
    /// <param name="clients">How many ask at once, each on its own connection.</param>
    /// <param name="duration">How long.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancel">Gives up.</param>
    /// <param name="rate">Together per second; without one as fast as they can.</param>
    private static async Task<Latencies> QueryAsync(
        KonsulServer server, int clients, TimeSpan duration, TimeProvider time, CancellationToken cancel, double rate = double.PositiveInfinity)
    {
        var latencies = new Latencies();
        var begun = time.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, clients).Select(async client =>
        {
            using var connection = await RawConnection.OpenAsync(server.Api, cancel);
            for (var n = 0; time.GetElapsedTime(begun) < duration; n++)
            {
                // From when it should have been asked, so that a server that is behind cannot hide it.
                var due = double.IsInfinity(rate) ? time.GetElapsedTime(begun) : TimeSpan.FromSeconds(((n * clients) + client) / rate);
                var early = due - time.GetElapsedTime(begun);
                if (early > TimeSpan.FromMilliseconds(1))
                {
                    await Task.Delay(early, time, cancel);
                }

                await connection.GetAsync($"/v1/health/service/svc-{((n * clients) + client) % Services}?passing", cancel);
                latencies.Add(time.GetElapsedTime(begun) - due);
            }
        }));
        return latencies;
    }

    private static FigureRow Row(string name, string unit, double value, string? wanted) => new(name, unit, Spread.Of([value]), wanted);
}
