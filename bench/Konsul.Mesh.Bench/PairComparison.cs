using Konsul.Mesh.Bench.Load;
using Konsul.Mesh.Bench.Pairs;
using Konsul.Mesh.Bench.Report;
using Konsul.Mesh.Bench.Verification;

namespace Konsul.Mesh.Bench;

/// <summary>
/// All pairs run at once and idle while another is measured. Within a round each pair is warmed up and then measured under every load; rounds
/// begin with a different pair each, so that a slow spell of the machine does not fall on the same one.
/// </summary>
internal sealed class PairComparison(BenchOptions options, PairSetup setup, TextWriter output) : IAsyncDisposable
{
    private readonly List<ProxyPair> _pairs = [];
    private readonly Dictionary<(string Pair, string Load), List<Sample>> _samples = [];

    /// <param name="failed">Gets a line for each pair that does not do its work; such a pair is in no table.</param>
    public async Task<(IReadOnlyList<ReportPair> Pairs, IReadOnlyList<ReportRow> Rows)> RunAsync(
        List<string> skipped, List<string> failed, CancellationToken cancel)
    {
        var described = await StartAllAsync(skipped, failed, cancel);
        for (var round = 0; round < options.Rounds; round++)
        {
            var order = _pairs.Skip(round % Math.Max(1, _pairs.Count)).Concat(_pairs.Take(round % Math.Max(1, _pairs.Count))).ToArray();
            foreach (var pair in order)
            {
                await OrFailAsync(pair, () => MeasureAsync(pair, round, cancel), failed, cancel);
            }
        }

        var left = _pairs.Select(p => p.Name).ToArray();
        return ([.. described.Where(d => left.Contains(d.Name))], RowBuilder.Build(left, _samples));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var pair in _pairs)
        {
            await pair.DisposeAsync();
        }
    }

    private async Task<List<ReportPair>> StartAllAsync(List<string> skipped, List<string> failed, CancellationToken cancel)
    {
        var described = new List<ReportPair>();
        foreach (var name in options.Pairs)
        {
            if (PairStarter.WhyNot(name, options) is { } reason)
            {
                skipped.Add($"{name}: {reason}");
                await output.WriteLineAsync($"{name,-11} skipped: {reason}");
                continue;
            }

            try
            {
                _pairs.Add(await PairStarter.StartAsync(name, options, setup, cancel));
            }
            catch (Exception e) when (BenchException.IsOfOnePart(e, cancel))
            {
                await FailAsync(name, e, failed);
                continue;
            }

            await OrFailAsync(_pairs[^1], () => VerifyAsync(_pairs[^1], described, cancel), failed, cancel);
        }

        return described;
    }

    private async Task VerifyAsync(ProxyPair pair, List<ReportPair> described, CancellationToken cancel)
    {
        var findings = await new PairVerifier(setup.Time).VerifyAsync(pair, setup.Certificates.LoadServer, cancel);
        described.Add(new ReportPair(pair.Name, pair.HopProtocol, pair.Settings, findings));
        await output.WriteLineAsync($"{pair.Name,-11} {string.Join("; ", findings)}");
    }

    private async Task OrFailAsync(ProxyPair pair, Func<Task> work, List<string> failed, CancellationToken cancel)
    {
        try
        {
            await work();
        }
        catch (Exception e) when (BenchException.IsOfOnePart(e, cancel))
        {
            _pairs.Remove(pair);
            await pair.DisposeAsync();
            await FailAsync(pair.Name, e, failed);
        }
    }

    private async Task FailAsync(string name, Exception e, List<string> failed)
    {
        failed.Add($"{name}: {e.Message.Trim()}");
        await output.WriteLineAsync($"{name,-11} FAILED: {e.Message.Trim()}");
    }

    private async Task MeasureAsync(ProxyPair pair, int round, CancellationToken cancel)
    {
        await Wrk.RunAsync(pair.Address(Body.Small), 64, pair is KonsulPair ? options.KonsulWarmup : options.Warmup, cancel);
        foreach (var load in LoadShape.All)
        {
            var sample = await PairMeter.MeasureAsync(pair, load, options.Duration, setup.Time, cancel);
            if (!_samples.TryGetValue((pair.Name, load.Name), out var list))
            {
                _samples.Add((pair.Name, load.Name), list = []);
            }

            list.Add(sample);
            await output.WriteLineAsync(
                $"round {round + 1}  {pair.Name,-11} {load.Name,-15} {sample.RequestsPerSecond,8:0} req/s  {sample.CpuPerRequest,7:0.0} us CPU/req  p50 {sample.P50,6:0}  p99 {sample.P99,6:0} us");
        }
    }
}
