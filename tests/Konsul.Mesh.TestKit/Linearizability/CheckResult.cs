namespace Konsul.Mesh.TestKit.Linearizability;

/// <summary>What was found in a history. <see cref="Describe"/> is made for a failing test's message.</summary>
public sealed class CheckResult<TState, TInput, TOutput>
{
    private readonly ISequentialModel<TState, TInput, TOutput> _model;

    internal CheckResult(ISequentialModel<TState, TInput, TOutput> model, IReadOnlyList<PartitionResult<TState, TInput, TOutput>> partitions)
    {
        _model = model;
        Partitions = partitions;
        Verdict = partitions.Any(p => p.Verdict == Verdict.Illegal) ? Verdict.Illegal
            : partitions.Any(p => p.Verdict == Verdict.Unknown) ? Verdict.Unknown
            : Verdict.Ok;
    }

    /// <summary>Illegal if a partition is, else Unknown if a partition is, else Ok.</summary>
    public Verdict Verdict { get; }

    /// <summary>In the order in which the partitions appear in the history.</summary>
    public IReadOnlyList<PartitionResult<TState, TInput, TOutput>> Partitions { get; }

    /// <summary>The verdict, and for every partition that is not Ok the longest order found and the failing window.</summary>
    public string Describe() => new ResultText<TState, TInput, TOutput>(_model).Write(this);
}
