namespace Konsul.Mesh.TestKit.Linearizability.Search;

/// <summary>
/// Finds the shortest beginning of an illegal history that is illegal itself, by halving. That is the failing window where following time
/// gives up.
/// </summary>
internal sealed class ShortestBeginning<TState, TInput, TOutput>(
    ISequentialModel<TState, TInput, TOutput> model, Operation<TInput, TOutput>[] operations, CacheBudget budget)
{
    private readonly (int Operation, bool IsReturn)[] _events = HistoryEvents.InOrder(operations);

    /// <summary>The window of a history that is illegal; null if it was cancelled.</summary>
    public FailingWindow<TState, TInput, TOutput>? Find(CancellationToken cancellation)
    {
        // Invariant: the history up to event `illegal` is illegal, the one up to event `legal` is not, or memory does not allow to say so.
        var (legal, illegal) = (-1, _events.Length - 1);
        while (illegal - legal > 1)
        {
            var middle = legal + ((illegal - legal) / 2);
            using var search = new LinearizationSearch<TState, TInput, TOutput>(model, UpTo(middle), model.Initial, budget);
            var isIllegal = search.Run(cancellation) == Verdict.Illegal;
            if (cancellation.IsCancellationRequested)
            {
                return null;
            }

            (legal, illegal) = isIllegal ? (legal, middle) : (middle, illegal);
        }

        return new FailingWindow<TState, TInput, TOutput>
        {
            Operations = [.. CalledUpTo(illegal).Select(o => operations[o])],
            Culprit = operations[_events[illegal].Operation],
            Starts = [new(model.Initial, [])],
            Before = [],
        };
    }

    /// <summary>The operations called up to an event; those that return after it are open.</summary>
    private Operation<TInput, TOutput>[] UpTo(int end)
    {
        var returned = _events.Take(end + 1).Where(e => e.IsReturn).Select(e => e.Operation).ToHashSet();
        return [.. CalledUpTo(end).Select(o => returned.Contains(o) ? operations[o] : operations[o].Open())];
    }

    private IEnumerable<int> CalledUpTo(int end) => _events.Take(end + 1).Where(e => !e.IsReturn).Select(e => e.Operation).Order();
}
