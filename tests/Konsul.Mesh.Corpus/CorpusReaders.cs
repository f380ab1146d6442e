using Konsul.Mesh.Corpus.Histories;

namespace Konsul.Mesh.Corpus;

/// <summary>Every kind of file that can be run. The first reader that knows a file gets it.</summary>
internal static class CorpusReaders
{
    public static IReadOnlyList<ICorpusReader> All { get; } =
    [
        new RegisterLogReader(),
        new KeyValueHistoryReader(),
        new DataDrivenReader(),
    ];
}
