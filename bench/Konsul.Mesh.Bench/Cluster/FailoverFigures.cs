using Konsul.Mesh.Bench.Report;

namespace Konsul.Mesh.Bench.Cluster;

/// <summary>How long writes wait when the leader goes, by kill -9 and by SIGTERM, and whether one fails.</summary>
internal sealed class FailoverFigures(BenchOptions options, KonsulCluster cluster, TimeProvider time, TextWriter output)
{
    private static readonly TimeSpan Before = TimeSpan.FromMilliseconds(700);
    private static readonly TimeSpan After = TimeSpan.FromMilliseconds(1500);

    public async Task<IReadOnlyList<FigureRow>> RunAsync(CancellationToken cancel)
    {
        var figures = new List<FigureRow>();
        foreach (var (signal, wanted) in new[] { ("KILL", "p99 < 800 ms"), ("TERM", "< 50 ms") })
        {
            var (elsewhere, there) = (new List<WriteWatch>(), new List<WriteWatch>());
            for (var i = 0; i < options.Kills; i++)
            {
                var leader = await cluster.LeaderAsync(cancel);
                using var far = new WriteWatch(cluster, (leader + 1) % IStoreCluster.Servers, time);
                using var near = new WriteWatch(cluster, leader, time);
                await EndAsync(leader, signal, far, near, cancel);
                elsewhere.Add(far);
                there.Add(near);
            }

            await output.WriteLineAsync($"SIG{signal}, every gap in ms: {string.Join(' ', elsewhere.Select(w => $"{w.LongestGap.TotalMilliseconds:0}"))}");
            figures.AddRange(Rows($"leader ends by SIG{signal}, client of another server", elsewhere, wanted, "0"));
            figures.AddRange(Rows($"leader ends by SIG{signal}, client of the leader", there, null, signal == "TERM" ? "0" : null));
        }

        foreach (var figure in figures)
        {
            await output.WriteLineAsync($"{figure.Name,-72} {figure.Value.Median:0.#} {figure.Unit} ({figure.Value.Min:0.#}-{figure.Value.Max:0.#})");
        }

        return figures;
    }

    private async Task EndAsync(int leader, string signal, WriteWatch far, WriteWatch near, CancellationToken cancel)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var writers = Task.WhenAll(far.RunAsync(enough.Token), near.RunAsync(enough.Token));
        await Task.Delay(Before, time, cancel);
        await cluster.EndAsync(leader, signal);
        await Task.Delay(After, time, cancel);
        await enough.CancelAsync();
        await writers;
        cluster.Start(leader);
        await cluster.ReadyAsync(leader, cancel);
        await Task.Delay(Before, time, cancel);
    }

    private static IEnumerable<FigureRow> Rows(string name, List<WriteWatch> watches, string? wantedGap, string? wantedErrors)
    {
        var gaps = watches.Select(w => w.LongestGap.TotalMilliseconds).Order().ToArray();
        yield return new FigureRow($"{name}: longest time between two writes", "ms", Spread.Of(gaps), wantedGap);
        yield return new FigureRow($"{name}: the 99th of 100 of it", "ms", Spread.Of([gaps[(int)Math.Ceiling(0.99 * gaps.Length) - 1]]), wantedGap);
        yield return Count("writes that a server refused", w => w.Refused, wantedErrors);
        yield return Count("writes cut off without an answer", w => w.CutOff, wantedErrors);
        yield return Count("connections that nobody took, so that nothing was sent", w => w.TurnedAway, null);

        FigureRow Count(string what, Func<WriteWatch, int> count, string? wanted) =>
            new($"{name}: {what}, in all {gaps.Length}", "", Spread.Of([watches.Sum(count)]), wanted);
    }
}
