using Konsul.Mesh.TestKit.Processes;

namespace Konsul.Mesh.Corpus.Tests;

/// <summary>Cases that others have written; they lie beside the repository and not in it.</summary>
internal static class OutsideCorpus
{
    public static string Folder { get; } =
        Environment.GetEnvironmentVariable("KONSUL_CORPUS") ?? Path.GetFullPath(Path.Combine(Programs.Root, "..", "shared", "corpus"));

    /// <summary>The files below a folder of the corpus, relative to it; one empty name where it is absent, so that the theory shows as skipped.</summary>
    public static IEnumerable<string> Files(string below)
    {
        var folder = Path.Combine(Folder, below);
        string[] files = Directory.Exists(folder)
            ? [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(Folder, f)).Order(StringComparer.Ordinal)]
            : [];
        return files.Length > 0 ? files : [""];
    }
}
