using System.Globalization;
using Konsul.Mesh.Bench.Report;

namespace Konsul.Mesh.Bench.Cluster;

/// <summary>Both stores under the same loads in alternated rounds; one idles while the other is measured.</summary>
internal sealed class StoreComparison(BenchOptions options, string folder, TextWriter output)
{
    private readonly Dictionary<(StoreLoad Load, string Store), List<H2Load>> _samples = [];

    public async Task<IReadOnlyList<StoreRow>> RunAsync(IReadOnlyList<IStoreCluster> stores, CancellationToken cancel)
    {
        foreach (var load in StoreLoad.All)
        {
            foreach (var store in stores)
            {
                await H2Load.RunAsync(await load.TargetsAsync(store, cancel), load.Clients, options.Warmup, folder, cancel);
            }
        }

        for (var round = 0; round < options.Rounds; round++)
        {
            foreach (var load in StoreLoad.All)
            {
                foreach (var store in round % 2 == 0 ? stores : stores.Reverse())
                {
                    await MeasureAsync(load, store, cancel);
                }
            }
        }

        return [.. StoreLoad.All.SelectMany(load => stores.Select(store => Row(load, store, stores[0])))];
    }

    private async Task MeasureAsync(StoreLoad load, IStoreCluster store, CancellationToken cancel)
    {
        var before = await store.WritesAsync(cancel);
        var sample = await H2Load.RunAsync(await load.TargetsAsync(store, cancel), load.Clients, options.Duration, folder, cancel);
        var written = await store.WritesAsync(cancel) - before;
        if (load.IsWrite && written < sample.RequestsPerSecond * options.Duration.TotalSeconds)
        {
            throw new BenchException(string.Create(CultureInfo.InvariantCulture, $"{store.Name} answered more writes than the {written} that it has"));
        }

        if (!_samples.TryGetValue((load, store.Name), out var samples))
        {
            _samples[(load, store.Name)] = samples = [];
        }

        samples.Add(sample);
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture, $"{load.Name,-48} {store.Name,-7} {sample.RequestsPerSecond,8:0}/s  p50 {sample.P50,7:0} us  p99 {sample.P99,7:0} us"));
    }

    private StoreRow Row(StoreLoad load, IStoreCluster store, IStoreCluster reference)
    {
        var (own, other) = (_samples[(load, store.Name)], _samples[(load, reference.Name)]);
        var rate = Spread.Of(own.Select(s => s.RequestsPerSecond));
        return new StoreRow(
            load.Name, store.Name, rate, Spread.Of(own.Select(s => s.P50)), Spread.Of(own.Select(s => s.P99)),
            rate.Median / Spread.Of(other.Select(s => s.RequestsPerSecond)).Median);
    }
}
