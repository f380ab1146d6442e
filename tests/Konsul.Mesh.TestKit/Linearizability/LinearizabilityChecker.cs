using Konsul.Mesh.TestKit.Linearizability.Search;

namespace Konsul.Mesh.TestKit.Linearizability;

/// <summary>
/// Decides whether a concurrent history can be explained by a sequential model: whether there is an order of the operations, each within
/// its interval, in which every result is what the model gives. The search is Wing and Gong's with Lowe's memory of what has been tried
/// (G. Lowe, "Testing for linearizability", 2017), helped by his search along time, partition by partition (Horn and Kroening, 2015).
/// </summary>
public static class LinearizabilityChecker
{
    /// <summary>Checks a history. The operations may come in any order. Blocks; the first illegal partition stops the others.</summary>
    /// <returns>Ok or Illegal, proven; Unknown when a bound of <paramref name="options"/> or <paramref name="cancellation"/> ended the search.</returns>
    public static CheckResult<TState, TInput, TOutput> Check<TState, TInput, TOutput>(
        ISequentialModel<TState, TInput, TOutput> model,
        IEnumerable<Operation<TInput, TOutput>> history,
        CheckOptions? options = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(history);
        options ??= new CheckOptions();
        var partitions = history
            .GroupBy(o => model.PartitionOf(o.Input))
            .Select(g => (Name: g.Key, Operations: g.OrderBy(o => o.Call).ToArray()))
            .ToArray();
        var results = new PartitionResult<TState, TInput, TOutput>[partitions.Length];
        var budget = new CacheBudget(options.CacheBytes);
        using var timeout = new CancellationTokenSource(options.Timeout, options.Time);
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellation);
        using var decided = CancellationTokenSource.CreateLinkedTokenSource(bounded.Token);

        Parallel.For(0, partitions.Length, new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, options.Parallelism) }, i =>
        {
            var check = new PartitionCheck<TState, TInput, TOutput>(model, partitions[i].Name, partitions[i].Operations, budget);
            results[i] = check.Run(decided, bounded.Token);
        });

        return new CheckResult<TState, TInput, TOutput>(model, results);
    }
}
