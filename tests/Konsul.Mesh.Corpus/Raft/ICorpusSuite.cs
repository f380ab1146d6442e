namespace Konsul.Mesh.Corpus.Raft;

/// <summary>Carries out the directives of one file, in order.</summary>
internal interface ICorpusSuite
{
    /// <returns>The output, or null for a command that is not known.</returns>
    string? Run(Directive directive);
}
