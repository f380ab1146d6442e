using System.Globalization;
using System.Text;
using Konsul.Mesh.Raft;
using Konsul.Mesh.Simulation.Engine;

namespace Konsul.Mesh.Simulation.Tests;

/// <summary>The part of the simulation that runs with the other tests. More by hand: make sim SEEDS=10000.</summary>
public sealed class SliceTests
{
    private const int Seeds = 700;

    /// <summary>What is rare by nature; everything else must happen in the slice at least <see cref="Often"/> times.</summary>
    private static readonly Dictionary<Happening, int> AtLeast = new()
    {
        [Happening.OlderSnapshotUsed] = 0,
        [Happening.RecoveryFailed] = 1,
        [Happening.MemberReplaced] = 2,
        [Happening.DamageFound] = 2,
        [Happening.Wiped] = 2,
        [Happening.BitFlipped] = 3,
    };

    private const int Often = 5;

    [Fact]
    public void Seeds_InAllTheirTroubles_BreakNoRuleAndReachEverything()
    {
        var results = new SimulationResult[Seeds];
        Parallel.For(0, Seeds, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, i =>
            results[i] = Simulator.Run(new SimulationOptions { Seed = (ulong)i + 1 }));

        Assert.True(results.All(r => r.IsOk), Describe(results.Where(r => !r.IsOk)));
        var missing = Enum.GetValues<Happening>()
            .Select(h => (What: h.ToString(), Count: results.Sum(r => r.Counts[(int)h]), Least: AtLeast.GetValueOrDefault(h, Often)))
            .Concat(Travelling.Select(t => (What: t.ToString(), Count: results.Sum(r => r.Messages[(int)t]), Least: Often)))
            .Where(c => c.Count < c.Least)
            .Select(c => $"{c.What} {c.Count} of {c.Least}");
        Assert.Empty(missing);
    }

    private static IEnumerable<MessageType> Travelling =>
    [
        MessageType.App, MessageType.AppResp, MessageType.Vote, MessageType.VoteResp, MessageType.Snap, MessageType.Heartbeat, MessageType.HeartbeatResp,
        MessageType.TimeoutNow, MessageType.ReadIndex, MessageType.ReadIndexResp, MessageType.PreVote, MessageType.PreVoteResp,
    ];

    private static string Describe(IEnumerable<SimulationResult> failed)
    {
        var text = new StringBuilder();
        foreach (var result in failed)
        {
            text.AppendJoin('\n', result.LastEvents);
            text.AppendLine(CultureInfo.InvariantCulture, $"\nseed {result.Seed}, step {result.Steps}: {result.Violation!.Message}\nagain: make sim SEED={result.Seed} TRACE=1");
        }

        return text.ToString();
    }
}
