namespace Konsul.Mesh.TestKit.Linearizability;

/// <summary>What was found in one partition of a history.</summary>
public sealed record PartitionResult<TState, TInput, TOutput>
{
    public required string Name { get; init; }

    public required Verdict Verdict { get; init; }

    /// <summary>Why the verdict is Unknown; null if it is not.</summary>
    public string? Reason { get; init; }

    /// <summary>The operations of this partition, in the order of their calls.</summary>
    public required IReadOnlyList<Operation<TInput, TOutput>> Operations { get; init; }

    /// <summary>
    /// The longest legal order that was found. If the verdict is Ok it is complete, except for histories so hard that only following
    /// time could decide them.
    /// </summary>
    public required IReadOnlyList<Operation<TInput, TOutput>> LongestLinearization { get; init; }

    /// <summary>Where it fails; null unless the verdict is Illegal, and null if time ended before it was found.</summary>
    public FailingWindow<TState, TInput, TOutput>? Window { get; init; }

    /// <summary>How often the model was asked.</summary>
    public required long Steps { get; init; }
}
