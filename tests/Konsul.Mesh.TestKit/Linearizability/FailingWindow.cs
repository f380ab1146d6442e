namespace Konsul.Mesh.TestKit.Linearizability;

/// <summary>
/// The smallest piece of a history that shows why it is illegal: from none of <see cref="Starts"/> can the operations be put in an order
/// that reaches the return of <see cref="Culprit"/>.
/// </summary>
public sealed record FailingWindow<TState, TInput, TOutput>
{
    /// <summary>The operations that were open when <see cref="Culprit"/> returned, itself included, in the order of their calls.</summary>
    public required IReadOnlyList<Operation<TInput, TOutput>> Operations { get; init; }

    /// <summary>The first operation whose return nothing explains.</summary>
    public required Operation<TInput, TOutput> Culprit { get; init; }

    /// <summary>
    /// Every situation that the operations before the window can leave, but for those that only differ by optional operations which had
    /// no effect.
    /// </summary>
    public required IReadOnlyList<WindowStart<TState, TInput, TOutput>> Starts { get; init; }

    /// <summary>The last few operations that had returned before the window, for the reader.</summary>
    public required IReadOnlyList<Operation<TInput, TOutput>> Before { get; init; }
}
