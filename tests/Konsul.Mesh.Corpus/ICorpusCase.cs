namespace Konsul.Mesh.Corpus;

/// <summary>One file's case, ready to run.</summary>
internal interface ICorpusCase
{
    /// <summary>Runs it once. An exception counts as a failure of the case.</summary>
    /// <exception cref="OperationCanceledException">The whole run was stopped.</exception>
    CaseResult Run(CancellationToken cancellation);
}
