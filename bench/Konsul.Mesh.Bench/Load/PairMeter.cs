using Konsul.Mesh.Bench.Pairs;

namespace Konsul.Mesh.Bench.Load;

/// <summary>One measurement of one pair under one load.</summary>
/// <param name="CpuPerRequest">Microseconds of CPU, user and kernel, of both proxies with all their processes, per request.</param>
/// <param name="OutboundBytes">Private memory (RssAnon) of the outbound proxy while the load ran.</param>
internal sealed record Sample(double RequestsPerSecond, double CpuPerRequest, double P50, double P99, double OutboundBytes, double InboundBytes);

internal static class PairMeter
{
    public static async Task<Sample> MeasureAsync(ProxyPair pair, LoadShape load, TimeSpan duration, TimeProvider time, CancellationToken cancel)
    {
        var before = pair.CpuMicroseconds();
        var running = Wrk.RunAsync(pair.Address(load.Body), load.Connections, duration, cancel);
        await Task.Delay(duration * 0.8, time, cancel);
        var (outbound, inbound) = pair.PrivateBytes();
        var result = await running;
        return new Sample(
            result.RequestsPerSecond, (pair.CpuMicroseconds() - before) / result.Requests, result.P50, result.P99, outbound, inbound);
    }
}
