using Konsul.Mesh.Model;
using Konsul.Mesh.Proxy.Core.LoadBalancing;

namespace Konsul.Mesh.Proxy.Core.Tests.LoadBalancing;

/// <summary>Virtual time: one timestamp is a millisecond; nothing here waits.</summary>
public sealed class TwoChoicesTests
{
    private const long Frequency = 1000;
    private readonly SeededRandom _random = new(1);

    [Fact]
    public void Pick_AmongEqualIdleEndpoints_SpreadsEvenly()
    {
        var loads = Loads(1, 1, 1, 1, 1);

        var picks = Simulate(loads, 5000, _ => 1);

        Assert.All(picks, p => Assert.InRange(p, 950, 1050));
    }

    [Fact]
    public void Pick_AmongTwoIdleEndpoints_TakesTurns()
    {
        var loads = Loads(1, 1);
        var order = new List<int>();

        Simulate(loads, 40, i => i == 0 ? 2 : 4, order, concurrency: 1);

        Assert.All(order.Chunk(2), pair => Assert.NotEqual(pair[0], pair[1]));
    }

    [Fact]
    public void Pick_WithWeights_FollowsThem()
    {
        var loads = Loads(1, 2, 5);

        var picks = Simulate(loads, 8000, _ => 1);

        Assert.InRange(picks[0], 800, 1200);
        Assert.InRange(picks[1], 1700, 2300);
        Assert.InRange(picks[2], 4600, 5400);
    }

    [Fact]
    public void Pick_WithOneSlowEndpoint_AvoidsItAndComesBackWhenItIsFastAgain()
    {
        var loads = Loads(1, 1, 1, 1);
        var slow = true;
        Simulate(loads, 200, _ => 2);

        var whileSlow = Simulate(loads, 2000, i => i == 2 && slow ? 400 : 2);
        slow = false;
        var after = Simulate(loads, 60000, i => i == 2 && slow ? 400 : 2);

        Assert.InRange(whileSlow[2], 1, 60);
        Assert.InRange(after[2], 6000, 16000);
    }

    [Fact]
    public void Pick_AfterOneSlowAnswer_KeepsTheEndpoint()
    {
        var loads = Loads(1, 1);
        Simulate(loads, 40, _ => 2);
        loads[0].Begin();
        loads[0].Answered(900, _now);
        loads[0].End();

        var picks = Simulate(loads, 100, _ => 2);

        Assert.InRange(picks[0], 40, 60);
    }

    [Fact]
    public void Pick_WithANewcomer_GivesItTrafficAtOnce()
    {
        var loads = Loads(1, 1);
        Simulate(loads, 500, _ => 2);
        EndpointLoad[] grown = [.. loads, Load(1, loads.Min(l => l.Pass))];

        var picks = Simulate(grown, 300, _ => 2);

        Assert.InRange(picks[2], 60, 150);
    }

    [Fact]
    public void Pick_WithPendingRequests_PrefersTheLessBusy()
    {
        var loads = Loads(1, 1);
        Simulate(loads, 40, _ => 2);
        for (var i = 0; i < 3; i++)
        {
            loads[0].Begin();
        }

        var picked = TwoChoices.Pick(loads, null, [], _now, _random);

        Assert.Equal(1, picked);
    }

    [Fact]
    public void Pick_WhenAConnectionWasRefused_PassesOverTheEndpointForAWhile()
    {
        var loads = Loads(1, 1, 1);
        loads[1].ConnectFailed(_now, 1);

        var during = Enumerable.Range(0, 50).Select(_ => TwoChoices.Pick(loads, null, [], _now, _random)).ToList();
        var later = Enumerable.Range(0, 50).Select(_ => TwoChoices.Pick(loads, null, [], _now + 200, _random)).ToList();

        Assert.DoesNotContain(1, during);
        Assert.Contains(1, later);
    }

    [Fact]
    public void Pick_WhenAllAreBackedOff_StillTriesOne()
    {
        var loads = Loads(1, 1);
        loads[0].ConnectFailed(_now, 1);
        loads[1].ConnectFailed(_now, 1);

        Assert.InRange(TwoChoices.Pick(loads, null, [], _now, _random), 0, 1);
    }

    [Fact]
    public void Pick_WithTriedEndpoints_NeverRepeatsOne()
    {
        var loads = Loads(1, 2, 3);

        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(1, TwoChoices.Pick(loads, [1, 3, 6], [0, 2], _now, _random));
        }

        Assert.Equal(-1, TwoChoices.Pick(loads, null, [0, 1, 2], _now, _random));
        Assert.Equal(-1, TwoChoices.Pick([], null, [], _now, _random));
    }

    private long _now = 1_000_000;

    private EndpointLoad[] Loads(params int[] weights) => Array.ConvertAll(weights, w => Load(w, 0));

    private EndpointLoad Load(int weight, double pass) => new(new PeakEwmaOptions(), Frequency, _now, weight) { Pass = pass };

    /// <summary>A client that keeps some requests going, sending at most one per millisecond.</summary>
    private int[] Simulate(EndpointLoad[] loads, int requests, Func<int, long> latency, List<int>? order = null, int concurrency = 4)
    {
        int[]? cumulative = null;
        if (loads.Any(l => l.Weight != loads[0].Weight))
        {
            var sum = 0;
            cumulative = Array.ConvertAll(loads, l => sum += l.Weight);
        }

        var picks = new int[loads.Length];
        var open = new PriorityQueue<(int Endpoint, long Started), long>();
        for (var sent = 0; sent < requests;)
        {
            _now++;
            while (open.TryPeek(out var done, out var at) && at <= _now)
            {
                open.Dequeue();
                loads[done.Endpoint].Answered(at - done.Started, at);
                loads[done.Endpoint].End();
            }

            if (open.Count >= concurrency)
            {
                continue;
            }

            var picked = TwoChoices.Pick(loads, cumulative, [], _now, _random);
            loads[picked].Begin();
            picks[picked]++;
            order?.Add(picked);
            open.Enqueue((picked, _now), _now + latency(picked));
            sent++;
        }

        while (open.TryDequeue(out var done, out var at))
        {
            loads[done.Endpoint].Answered(at - done.Started, at);
            loads[done.Endpoint].End();
            _now = Math.Max(_now, at);
        }

        return picks;
    }

    private sealed class SeededRandom(int seed) : IRandom
    {
        private readonly Random _random = new(seed);

        public int Next(int exclusiveMax) => _random.Next(exclusiveMax);

        public double NextDouble() => _random.NextDouble();
    }
}
