using Konsul.Mesh.Corpus.Raft;

namespace Konsul.Mesh.Corpus;

/// <summary>Knows scripts of consensus commands by their separator line and runs them against our core.</summary>
internal sealed class DataDrivenReader : ICorpusReader
{
    private const string Separator = "----";

    public string Kind => "raft script";

    public ICorpusCase? TryRead(CorpusFile file) => file.Lines.Contains(Separator) ? new Script(file) : null;

    private sealed class Script(CorpusFile file) : ICorpusCase
    {
        public CaseResult Run(CancellationToken cancellation)
        {
            var result = RaftCorpus.Run(file.Name, string.Join('\n', file.Lines) + "\n");
            return new CaseResult
            {
                Passed = result.Passed,
                Failed = result.Failed,
                Unsupported = result.Unsupported,
                Summary = $"{result.Passed} commands",
                Details = result.FirstDifference is { } difference ? [difference] : [],
            };
        }
    }
}
