using Konsul.Mesh.TestKit.Linearizability;
using Konsul.Mesh.TestKit.Linearizability.Models;
using Konsul.Mesh.TestKit.Linearizability.Search;
using static Konsul.Mesh.TestKit.Tests.Linearizability.Register;

namespace Konsul.Mesh.TestKit.Tests.Linearizability;

public sealed class BoundsTests
{
    /// <summary>Thirty writes at once, then a value that none of them wrote: every subset of them is a configuration.</summary>
    private static readonly Operation<RegisterInput, RegisterOutput>[] Hard =
        [.. Enumerable.Range(0, 30).Select(i => Write(0, 1000, i)), Read(2000, 2001, -1)];

    [Fact]
    public void Check_TimeIsUp_IsUnknown()
    {
        var time = new ManualTimeProvider();
        var model = new SlowModel(time, TimeSpan.FromSeconds(1));

        var result = LinearizabilityChecker.Check(model, Hard, new CheckOptions { Time = time, Timeout = TimeSpan.FromSeconds(1000), Parallelism = 1 });

        Assert.Equal(Verdict.Unknown, result.Verdict);
        Assert.Equal(1000, result.Partitions[0].Steps);
        Assert.Contains("time", result.Partitions[0].Reason, StringComparison.Ordinal);
        Assert.Contains("Unknown", result.Describe(), StringComparison.Ordinal);
        Assert.Equal(0, time.ArmedTimers);
    }

    [Fact]
    public void Check_Cancelled_IsUnknown()
    {
        var result = LinearizabilityChecker.Check(Sequential, Hard, cancellation: new CancellationToken(canceled: true));

        Assert.Equal(Verdict.Unknown, result.Verdict);
        Assert.Equal(0, result.Partitions[0].Steps);
    }

    [Fact]
    public void Check_MemoryIsUsedUp_IsUnknown()
    {
        var result = LinearizabilityChecker.Check(Sequential, Hard, new CheckOptions { CacheBytes = 1 << 20 });

        Assert.Equal(Verdict.Unknown, result.Verdict);
        Assert.Contains("memory", result.Partitions[0].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_NoMemoryAtAll_NeverSaysIllegal()
    {
        using var search = new LinearizationSearch<long?, RegisterInput, RegisterOutput>(Sequential, [Read(0, 1, null)], null, new CacheBudget(0));

        Assert.Equal(Verdict.Unknown, search.Run(CancellationToken.None));
        Assert.True(search.IsOutOfMemory);
    }

    [Fact]
    public void Dispose_AfterASearch_GivesTheMemoryBack()
    {
        var budget = new CacheBudget(1 << 20);
        using (var search = new LinearizationSearch<long?, RegisterInput, RegisterOutput>(Sequential, Hard, null, budget))
        {
            Assert.Equal(Verdict.Unknown, search.Run(CancellationToken.None));
            Assert.False(budget.TryTake(1 << 19));
        }

        Assert.True(budget.TryTake(1 << 20));
        Assert.False(budget.TryTake(1));
    }

    [Fact]
    public void Check_OnePartitionIsIllegal_StopsTheOthers()
    {
        static Operation<KeyValueInput, KeyValueOutput> Get(string key, long at, string found) =>
            new(0, KeyValueInput.Get(key), at, KeyValueOutput.Got(found), at);
        var hard = Enumerable.Range(0, 40).Select(i => new Operation<KeyValueInput, KeyValueOutput>(i, KeyValueInput.Append("hard", $"{i}"), 0, KeyValueOutput.Done, 9));

        var result = LinearizabilityChecker.Check(
            new KeyValueModel(), [Get("illegal", 0, "x"), .. hard, Get("hard", 10, "x")], new CheckOptions { Parallelism = 1 });

        Assert.Equal(Verdict.Illegal, result.Verdict);
        Assert.Equal([Verdict.Illegal, Verdict.Unknown], result.Partitions.Select(p => p.Verdict));
        Assert.Contains("another partition", result.Partitions[1].Reason, StringComparison.Ordinal);
        Assert.DoesNotContain("hard", result.Describe(), StringComparison.Ordinal);
    }

    /// <summary>A register on which every question takes time.</summary>
    private sealed class SlowModel(ManualTimeProvider time, TimeSpan each) : ISequentialModel<long?, RegisterInput, RegisterOutput>
    {
        public long? Initial => null;

        public bool TryStep(long? state, RegisterInput input, in Outcome<RegisterOutput> outcome, out long? next)
        {
            time.Advance(each);
            return Sequential.TryStep(state, input, outcome, out next);
        }
    }
}
