namespace Konsul.Mesh.Corpus.Raft;

/// <summary>How a file, or several, went.</summary>
/// <param name="Passed">Directives whose output was the expected text.</param>
/// <param name="Failed">Directives whose output was another.</param>
/// <param name="Unsupported">Directives that the runner does not know.</param>
/// <param name="FirstDifference">For people; null when all passed.</param>
public sealed record CorpusResult(int Passed, int Failed, int Unsupported, string? FirstDifference)
{
    public CorpusResult Plus(CorpusResult other) =>
        new(Passed + other.Passed, Failed + other.Failed, Unsupported + other.Unsupported, FirstDifference ?? other.FirstDifference);
}
