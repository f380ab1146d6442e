namespace Konsul.Mesh.Corpus;

/// <summary>The result of one file, counted in whatever the file is made of: commands of a script, or one history.</summary>
internal sealed record CaseResult
{
    public int Passed { get; init; }

    public int Failed { get; init; }

    public int Unsupported { get; init; }

    /// <summary>One line.</summary>
    public required string Summary { get; init; }

    /// <summary>Lines that are shown below: what differs, what is not supported.</summary>
    public IReadOnlyList<string> Details { get; init; } = [];

    public CaseOutcome Outcome =>
        Failed > 0 ? CaseOutcome.Fail
        : Unsupported > 0 ? CaseOutcome.Unsupported
        : Passed > 0 ? CaseOutcome.Pass
        : CaseOutcome.Found;
}
