namespace Konsul.Mesh.TestKit.Linearizability;

/// <summary>
/// What the service would do if clients came one at a time. Pure: the same state and input always give the same answer, and states are
/// never changed in place. Called on several threads at once.
/// </summary>
public interface ISequentialModel<TState, TInput, TOutput>
{
    /// <summary>The state before the first operation, in every partition.</summary>
    TState Initial { get; }

    /// <summary>How states are compared and hashed.</summary>
    IEqualityComparer<TState> States => EqualityComparer<TState>.Default;

    /// <summary>Takes one operation. An unknown outcome fits every state.</summary>
    /// <returns>False if the operation cannot have this outcome in this state; <paramref name="next"/> is then meaningless.</returns>
    bool TryStep(TState state, TInput input, in Outcome<TOutput> outcome, out TState next);

    /// <summary>
    /// True only if an operation with this outcome leaves every state in which it can happen as it is: a read, a swap that was refused.
    /// The search then need not try it at other places. False is always right.
    /// </summary>
    bool IsReadOnly(TInput input, in Outcome<TOutput> outcome) => false;

    /// <summary>
    /// The part of the history that an input belongs to. Parts are checked apart, which is sound only if an operation neither sees nor
    /// changes the state of another part.
    /// </summary>
    string PartitionOf(TInput input) => "";

    /// <summary>About how many bytes a state holds on the heap; counts towards <see cref="CheckOptions.CacheBytes"/>.</summary>
    int SizeOf(TState state) => 0;

    string Describe(TInput input, in Outcome<TOutput> outcome) => $"{input} -> {(outcome.IsKnown ? outcome.Value : "unknown")}";

    string DescribeState(TState state) => state?.ToString() ?? "nil";
}
