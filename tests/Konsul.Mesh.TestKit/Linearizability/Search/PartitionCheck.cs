namespace Konsul.Mesh.TestKit.Linearizability.Search;

/// <summary>
/// Decides one partition. Going deep finds the order of a legal history fast, but proves a long one illegal slowly; following time is
/// the other way round. So a short try of the first comes first, then the second, and the first to the end if the second gave up.
/// </summary>
internal sealed class PartitionCheck<TState, TInput, TOutput>(
    ISequentialModel<TState, TInput, TOutput> model, string name, Operation<TInput, TOutput>[] operations, CacheBudget budget)
{
    private const long ShortTry = 300_000;
    private const long ShortTryPerOperation = 30;

    /// <param name="decided">Cancelled by others when the whole check is decided, and by this one when it finds its partition illegal.</param>
    /// <param name="bounded">The bound of the whole check.</param>
    public PartitionResult<TState, TInput, TOutput> Run(CancellationTokenSource decided, CancellationToken bounded)
    {
        using var search = new LinearizationSearch<TState, TInput, TOutput>(model, operations, model.Initial, budget);
        var timeline = new TimelineSearch<TState, TInput, TOutput>(model, operations);
        var verdict = search.Run(decided.Token, ShortTry + (ShortTryPerOperation * operations.Length));
        if (verdict == Verdict.Unknown)
        {
            verdict = timeline.Run(decided.Token);
            verdict = verdict == Verdict.Unknown ? search.Run(decided.Token) : verdict;
        }

        FailingWindow<TState, TInput, TOutput>? window = null;
        if (verdict == Verdict.Illegal)
        {
            decided.Cancel();
            search.Dispose();
            window = timeline.Window ?? FindWindow(bounded);
        }

        return new PartitionResult<TState, TInput, TOutput>
        {
            Name = name,
            Verdict = verdict,
            Reason = verdict != Verdict.Unknown ? null
                : search.IsOutOfMemory ? "the memory bound was reached"
                : bounded.IsCancellationRequested ? "the time bound was reached or the check was cancelled"
                : "stopped: another partition is illegal",
            Operations = operations,
            LongestLinearization = [.. search.Longest.Select(o => operations[o])],
            Window = window,
            Steps = search.Steps + timeline.Steps,
        };
    }

    private FailingWindow<TState, TInput, TOutput>? FindWindow(CancellationToken bounded)
    {
        var timeline = new TimelineSearch<TState, TInput, TOutput>(model, operations);
        return timeline.Run(bounded) switch
        {
            Verdict.Illegal => timeline.Window,
            Verdict.Unknown => new ShortestBeginning<TState, TInput, TOutput>(model, operations, budget).Find(bounded),
            _ => throw new InvalidOperationException("One search found no legal order, another one did: the model is not pure."),
        };
    }
}
