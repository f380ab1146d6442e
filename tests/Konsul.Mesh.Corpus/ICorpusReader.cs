namespace Konsul.Mesh.Corpus;

/// <summary>Knows one kind of file.</summary>
internal interface ICorpusReader
{
    /// <summary>What it reads, in two or three words, for the report.</summary>
    string Kind { get; }

    /// <summary>Reads the file if it is of this kind; decided by what is in it and how it is named.</summary>
    /// <returns>Null if it is of another kind.</returns>
    /// <exception cref="FormatException">It is of this kind, but holds what this reader does not know; counts as unsupported.</exception>
    ICorpusCase? TryRead(CorpusFile file);
}
