using System.Text.Json.Nodes;
using Konsul.Mesh.Bench.Load;
using Konsul.Mesh.Bench.Pairs;
using Konsul.Mesh.Bench.Report;

namespace Konsul.Mesh.Bench.Figures;

/// <summary>How long konsul takes to start, and a change takes to act; measured as a client of the mesh sees it.</summary>
internal sealed class FigureRunner(BenchOptions options, PairSetup setup, TextWriter output)
{
    private const string Intention = "connect/intentions/exact?source=web&destination=api";
    private const string SecondId = "api-second";

    private static readonly TimeSpan Warm = TimeSpan.FromSeconds(3);

    /// <param name="failed">Gets a line for each figure that could not be had; the others are still measured.</param>
    public async Task<IReadOnlyList<FigureRow>> RunAsync(List<string> failed, CancellationToken cancel)
    {
        var figures = new List<FigureRow>();
        await OrFailAsync("start", failed, () => StartsAsync(figures, cancel), cancel);
        await OrFailAsync("figures", failed, async () =>
        {
            await using var server = await KonsulServer.StartAsync(options.KonsulBin, setup.Folder, setup.Time, cancel);
            await using var pair = await KonsulPair.StartAsync(options.KonsulBin, setup, server, cancel);
            using var watch = new UpstreamWatch(pair.Address(Body.Small), setup.Time);
            await Http.WaitForAsync(pair.Outbound, pair.Address(Body.Small), TimeSpan.FromSeconds(15), setup.Time, cancel);

            await OrFailAsync("memory", failed, () => MemoryAsync(figures, pair, cancel), cancel);
            await OrFailAsync("intentions", failed, () => IntentionsAsync(figures, server, watch, cancel), cancel);
            await OrFailAsync("endpoints", failed, () => EndpointsAsync(figures, server, watch, cancel), cancel);
        }, cancel);
        return figures;
    }

    private async Task OrFailAsync(string what, List<string> failed, Func<Task> work, CancellationToken cancel)
    {
        try
        {
            await work();
        }
        catch (Exception e) when (BenchException.IsOfOnePart(e, cancel))
        {
            failed.Add($"figures, {what}: {e.Message.Trim()}");
            await output.WriteLineAsync($"figures, {what} FAILED: {e.Message.Trim()}");
        }
    }

    private async Task StartsAsync(List<FigureRow> figures, CancellationToken cancel)
    {
        var took = new List<double>();
        for (var i = 0; i < options.Rounds; i++)
        {
            await using var server = await KonsulServer.StartAsync(options.KonsulBin, Path.Combine(setup.Folder, $"start-{i}"), setup.Time, cancel);
            took.Add(server.StartToReady.TotalMilliseconds);
        }

        await ReportAsync(figures, new FigureRow("server start to ready", "ms", Spread.Of(took), "< 2000 ms"));
    }

    private async Task MemoryAsync(List<FigureRow> figures, ProxyPair pair, CancellationToken cancel)
    {
        await Wrk.RunAsync(pair.Address(Body.Small), 64, Warm, cancel);
        var sample = await PairMeter.MeasureAsync(pair, LoadShape.All[0], options.Duration, setup.Time, cancel);
        await ReportAsync(figures, new FigureRow("outbound sidecar RssAnon, 64 connections", "MB", Spread.Of([sample.OutboundBytes / 1e6]), "< 60 MB"));
        await ReportAsync(figures, new FigureRow("inbound sidecar RssAnon, 64 connections", "MB", Spread.Of([sample.InboundBytes / 1e6]), "< 60 MB"));
    }

    private async Task IntentionsAsync(List<FigureRow> figures, KonsulServer server, UpstreamWatch watch, CancellationToken cancel)
    {
        var (denied, allowed) = (new List<double>(), new List<double>());
        for (var i = 0; i < options.Changes; i++)
        {
            denied.Add(await watch.TimeUntilAsync("a refused request after deny", () => PutIntentionAsync(server, "deny", cancel), a => a.Status != 200, cancel));
            allowed.Add(await watch.TimeUntilAsync("an answer after allow", () => PutIntentionAsync(server, "allow", cancel), a => a.Status == 200, cancel));
        }

        await ReportAsync(figures, new FigureRow("intention deny to first refused request", "ms", Spread.Of(denied), "< 1000 ms"));
        await ReportAsync(figures, new FigureRow("intention allow to first answer", "ms", Spread.Of(allowed), "< 1000 ms"));
    }

    private static Task PutIntentionAsync(KonsulServer server, string action, CancellationToken cancel) =>
        server.PutAsync(Intention, new JsonObject { ["SourceType"] = "consul", ["Action"] = action }, cancel);

    private async Task EndpointsAsync(List<FigureRow> figures, KonsulServer server, UpstreamWatch watch, CancellationToken cancel)
    {
        await using var second = await SecondInstance.StartAsync(SecondId, options.KonsulBin, setup, server, cancel);
        await watch.TimeUntilAsync("the second instance's first answer", () => Task.CompletedTask, a => second.Answered(a.Body), cancel);

        var (added, removed) = (new List<double>(), new List<double>());
        for (var i = 0; i < options.Changes; i++)
        {
            removed.Add(await watch.TimeOfLastAsync(() => server.PutAsync($"agent/service/deregister/{SecondId}", null, cancel), a => second.Answered(a.Body), cancel));
            added.Add(await watch.TimeUntilAsync("the registered instance's first answer", () => second.RegisterAsync(server, cancel), a => second.Answered(a.Body), cancel));
        }

        await ReportAsync(figures, new FigureRow("endpoint registered to its first answer", "ms", Spread.Of(added), "< 500 ms"));
        await ReportAsync(figures, new FigureRow("endpoint deregistered to its last answer", "ms", Spread.Of(removed), "< 500 ms"));
    }

    private async Task ReportAsync(List<FigureRow> figures, FigureRow row)
    {
        figures.Add(row);
        await output.WriteLineAsync($"{row.Name,-42} {row.Value.Median:0.#} {row.Unit} ({row.Value.Min:0.#}-{row.Value.Max:0.#})");
    }
}
