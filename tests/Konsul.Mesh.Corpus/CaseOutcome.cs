namespace Konsul.Mesh.Corpus;

/// <summary>What became of a file.</summary>
internal enum CaseOutcome
{
    Pass,
    Fail,

    /// <summary>At least a part of it could not be run, and nothing that ran failed.</summary>
    Unsupported,

    /// <summary>It ran, but nothing says what the result should have been.</summary>
    Found,
    NotACase,
}
