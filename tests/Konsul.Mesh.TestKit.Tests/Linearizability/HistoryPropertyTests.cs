using FsCheck;
using FsCheck.Fluent;
using Konsul.Mesh.TestKit.Linearizability;
using Konsul.Mesh.TestKit.Linearizability.Models;
using Konsul.Mesh.TestKit.Linearizability.Search;

namespace Konsul.Mesh.TestKit.Tests.Linearizability;

public sealed class HistoryPropertyTests
{
    private static readonly RegisterModel Model = Register.Sequential;

    private static Arbitrary<int[]> Numbers(int most) =>
        Gen.Choose(1, most).SelectMany(n => Gen.Choose(0, int.MaxValue - 1).ArrayOf(n)).ToArbitrary();

    [Fact]
    public void Check_HistoryThatWasExecuted_IsAlwaysOk() =>
        Prop.ForAll(Numbers(120), numbers =>
        {
            var result = Register.Check(GeneratedHistory.Executed(numbers));
            return result.Verdict == Verdict.Ok && IsLegalOrder(result.Partitions[0]);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(400));

    [Fact]
    public void Check_ReadOfAValueOverwrittenBeforeItBegan_IsIllegal()
    {
        var mutated = 0;
        Prop.ForAll(Numbers(120), numbers =>
        {
            var history = GeneratedHistory.Executed(numbers);
            var writes = history.Where(o => o.MustHappen && o.Input.Action == RegisterAction.Write).ToArray();
            var overwritten = writes.FirstOrDefault(w => writes.Any(later => later.Call > w.Return));
            if (overwritten is null)
            {
                return true;
            }

            mutated++;
            var end = history.Where(o => o.MustHappen).Max(o => o.Return) + 1;
            var stale = Register.Read(end, end + 1, overwritten.Input.Value);
            var result = Register.Check([.. history, stale]);
            return result.Verdict == Verdict.Illegal && result.Partitions[0].Window!.Culprit == stale;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(200));
        Assert.True(mutated > 50, $"only {mutated} histories could be mutated");
    }

    [Fact]
    public void Check_SmallHistories_AgreesWithTryingEveryOrder()
    {
        var (legal, illegal) = (0, 0);
        Prop.ForAll(Numbers(8), numbers =>
        {
            var history = GeneratedHistory.Arbitrary(numbers);
            var expected = EveryOrder.HasLegalOne(Model, history);
            legal += expected ? 1 : 0;
            illegal += expected ? 0 : 1;
            var verdict = expected ? Verdict.Ok : Verdict.Illegal;
            var inTime = history.OrderBy(o => o.Call).ToArray();
            return Register.Check(history).Verdict == verdict
                && new TimelineSearch<long?, RegisterInput, RegisterOutput>(Model, inTime).Run(CancellationToken.None) == verdict
                && InPieces(inTime) == verdict;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(4000));
        Assert.True(legal > 200 && illegal > 200, $"{legal} legal, {illegal} illegal");
    }

    [Fact]
    public void Window_SmallIllegalHistories_HasNoOrderFromAnyStartAndEndsAtTheFirstFailure()
    {
        var illegal = 0;
        Prop.ForAll(Numbers(9), numbers =>
        {
            var history = GeneratedHistory.Arbitrary(numbers);
            var partition = Register.Check(history).Partitions[0];
            if (partition.Verdict != Verdict.Illegal)
            {
                return true;
            }

            illegal++;
            var window = partition.Window!;
            return window.Starts.All(start => !HasOrder(window, start))
                && EveryOrder.HasLegalOne(Model, [.. Before(history, window.Culprit.Return)])
                && window.Culprit == ByHalving(partition.Operations).Culprit;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(3000));
        Assert.True(illegal > 200, $"{illegal} illegal");
    }

    /// <summary>The deep search, stopped and taken up again at every step.</summary>
    private static Verdict InPieces(Operation<RegisterInput, RegisterOutput>[] history)
    {
        using var search = new LinearizationSearch<long?, RegisterInput, RegisterOutput>(Model, history, null, new CacheBudget(1 << 24));
        var verdict = Verdict.Unknown;
        while (verdict == Verdict.Unknown)
        {
            verdict = search.Run(CancellationToken.None, search.Steps + 1);
        }

        return verdict;
    }

    private static bool HasOrder(
        FailingWindow<long?, RegisterInput, RegisterOutput> window, WindowStart<long?, RegisterInput, RegisterOutput> start)
    {
        var left = window.Operations.Where(o => !start.Taken.Any(t => ReferenceEquals(t, o))).Select(o => ReferenceEquals(o, window.Culprit) ? o : o.Open());
        return EveryOrder.HasLegalOne(Model, [.. left], start.State);
    }

    /// <summary>What is known of the history right before an instant.</summary>
    private static IEnumerable<Operation<RegisterInput, RegisterOutput>> Before(IEnumerable<Operation<RegisterInput, RegisterOutput>> history, long instant) =>
        history.Where(o => o.Call < instant).Select(o => o.Return < instant ? o : o.Open());

    private static FailingWindow<long?, RegisterInput, RegisterOutput> ByHalving(IReadOnlyList<Operation<RegisterInput, RegisterOutput>> operations) =>
        new ShortestBeginning<long?, RegisterInput, RegisterOutput>(Model, [.. operations], new CacheBudget(1 << 24))
            .Find(CancellationToken.None)!;

    private static bool IsLegalOrder(PartitionResult<long?, RegisterInput, RegisterOutput> partition)
    {
        var order = partition.LongestLinearization;
        long? state = null;
        var latestCall = long.MinValue;
        foreach (var operation in order)
        {
            // In time: nothing comes after an operation that was called only when it had returned.
            if (operation.Return < latestCall || !Model.TryStep(state, operation.Input, operation.Outcome, out state))
            {
                return false;
            }

            latestCall = Math.Max(latestCall, operation.Call);
        }

        return partition.Operations.Where(o => o.MustHappen).All(order.Contains) && order.Distinct().Count() == order.Count;
    }
}
