using Konsul.Mesh.Bench.Load;

namespace Konsul.Mesh.Bench.Report;

internal static class RowBuilder
{
    private const string Reference = "haproxy-h2";

    public static IReadOnlyList<ReportRow> Build(IReadOnlyList<string> pairs, IReadOnlyDictionary<(string Pair, string Load), List<Sample>> samples) =>
        [.. LoadShape.All.SelectMany(load => pairs.Select(pair => Row(load.Name, pair, samples)))];

    private static ReportRow Row(string load, string pair, IReadOnlyDictionary<(string Pair, string Load), List<Sample>> samples)
    {
        var own = samples[(pair, load)];
        var cpu = Spread.Of(own.Select(s => s.CpuPerRequest));
        var rate = Spread.Of(own.Select(s => s.RequestsPerSecond));
        var reference = samples.GetValueOrDefault((Reference, load));
        return new ReportRow(
            load, pair, rate, cpu, Spread.Of(own.Select(s => s.P50)), Spread.Of(own.Select(s => s.P99)),
            Spread.Of(own.Select(s => s.OutboundBytes)), Spread.Of(own.Select(s => s.InboundBytes)),
            reference is null ? null : cpu.Median / Spread.Of(reference.Select(s => s.CpuPerRequest)).Median,
            reference is null ? null : rate.Median / Spread.Of(reference.Select(s => s.RequestsPerSecond)).Median);
    }
}
