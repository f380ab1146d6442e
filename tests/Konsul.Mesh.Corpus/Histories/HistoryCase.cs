using Konsul.Mesh.TestKit.Linearizability;

namespace Konsul.Mesh.Corpus.Histories;

/// <summary>A recorded history, checked against a model; passes if the verdict is the one that its name tells.</summary>
internal sealed class HistoryCase<TState, TInput, TOutput>(
    ISequentialModel<TState, TInput, TOutput> model, IReadOnlyList<Operation<TInput, TOutput>> history, Verdict? expected) : ICorpusCase
{
    public CaseResult Run(CancellationToken cancellation)
    {
        var result = LinearizabilityChecker.Check(model, history, cancellation: cancellation);
        var passes = result.Verdict == expected;
        var summary = $"{Name(result.Verdict)}{(expected is { } verdict ? passes ? "" : $", but its name says {Name(verdict)}" : ", its name tells no verdict")}: "
            + $"{history.Count} operations, {result.Partitions.Count} partitions, {result.Partitions.Sum(p => p.Steps)} steps";
        return new CaseResult
        {
            Passed = passes ? 1 : 0,
            Failed = expected is not null && !passes ? 1 : 0,
            Summary = summary,
            Details = passes || result.Verdict == Verdict.Ok ? [] : result.Describe().TrimEnd().Split('\n'),
        };
    }

    private static string Name(Verdict verdict) => verdict switch
    {
        Verdict.Ok => "linearizable",
        Verdict.Illegal => "not linearizable",
        _ => "undecided",
    };
}
