using Konsul.Mesh.Model;

namespace Konsul.Mesh.Proxy.Core.LoadBalancing;

/// <summary>
/// Power of two choices: two distinct candidates at random, the one of lower latency × (pending + 1) wins (a weight w counts pending as
/// pending / w). Where as much is pending on both and their latencies are of the same order, the one that had less of its share wins, so that
/// instances that are alike take turns instead of the luckier one taking all. Candidates whose connection was refused a moment ago are passed
/// over while there is another. Pure.
/// </summary>
internal static class TwoChoices
{
    /// <summary>Latencies within this factor say nothing about the next answer.</summary>
    private const double Alike = 4;

    /// <param name="loads">All endpoints of a cluster.</param>
    /// <param name="cumulativeWeights">Running sums of the weights, or null when all are equal.</param>
    /// <param name="excluded">Indexes that this request has tried already.</param>
    /// <param name="now">The timestamp of the pick.</param>
    /// <param name="random">Where chance comes from.</param>
    /// <returns>An index, or -1 when nothing is left to try.</returns>
    public static int Pick(ReadOnlySpan<EndpointLoad> loads, int[]? cumulativeWeights, ReadOnlySpan<int> excluded, long now, IRandom random)
    {
        if (loads.Length == 0)
        {
            return -1;
        }

        if (loads.Length == 1)
        {
            return excluded.IsEmpty ? 0 : -1;
        }

        var (a, b) = Pair(loads.Length, cumulativeWeights, random);
        var meanWeight = cumulativeWeights is null ? loads[0].Weight : (double)cumulativeWeights[^1] / loads.Length;
        var aUsable = !excluded.Contains(a) && !loads[a].IsBackedOff(now);
        var bUsable = !excluded.Contains(b) && !loads[b].IsBackedOff(now);
        return (aUsable, bUsable) switch
        {
            (true, true) => Cheaper(loads, a, b, now, meanWeight),
            (true, false) => a,
            (false, true) => b,
            _ => Scan(loads, excluded, a, now),
        };
    }

    private static (int A, int B) Pair(int count, int[]? cumulativeWeights, IRandom random)
    {
        if (cumulativeWeights is null)
        {
            var first = random.Next(count);
            var second = random.Next(count - 1);
            return (first, second >= first ? second + 1 : second);
        }

        var a = Weighted(cumulativeWeights, random);
        var b = Weighted(cumulativeWeights, random);
        return (a, b == a ? (a + 1 + random.Next(count - 1)) % count : b);
    }

    private static int Weighted(int[] cumulativeWeights, IRandom random)
    {
        var at = Array.BinarySearch(cumulativeWeights, random.Next(cumulativeWeights[^1]) + 1);
        return at >= 0 ? at : ~at;
    }

    private static int Cheaper(ReadOnlySpan<EndpointLoad> loads, int a, int b, long now, double meanWeight)
    {
        var (loadA, loadB) = (loads[a].Pending * meanWeight / loads[a].Weight, loads[b].Pending * meanWeight / loads[b].Weight);
        var (latencyA, latencyB) = (loads[a].Latency(now), loads[b].Latency(now));
        var (costA, costB) = (latencyA * (loadA + 1), latencyB * (loadB + 1));
        var alike = loadA == loadB && latencyA < Alike * latencyB && latencyB < Alike * latencyA;
        return alike || costA == costB
            ? loads[a].Pass <= loads[b].Pass ? a : b
            : costA < costB ? a : b;
    }

    /// <summary>Both candidates are out: any that is not backed off, else any that this request has not tried.</summary>
    private static int Scan(ReadOnlySpan<EndpointLoad> loads, ReadOnlySpan<int> excluded, int start, long now)
    {
        var fallback = -1;
        for (var i = 0; i < loads.Length; i++)
        {
            var at = (start + i) % loads.Length;
            if (excluded.Contains(at))
            {
                continue;
            }

            if (!loads[at].IsBackedOff(now))
            {
                return at;
            }

            fallback = fallback < 0 ? at : fallback;
        }

        return fallback;
    }
}
