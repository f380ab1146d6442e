using Konsul.Mesh.Corpus.Raft;

namespace Konsul.Mesh.Raft.Tests;

/// <summary>The core against cases that others wrote for another implementation; the text must be the same.</summary>
public sealed class CorpusTests
{
    private const string Absent = "absent";

    public static TheoryData<string> Files =>
        Folder is null ? [Absent] : [.. Directory.EnumerateFiles(Folder, "*.txt", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(file => Path.GetRelativePath(Folder, file))];

    private static string? Folder { get; } = FindFolder();

    [Theory]
    [MemberData(nameof(Files))]
    public void File_EveryDirective_GivesTheExpectedText(string file)
    {
        Assert.SkipWhen(file == Absent, "the cases of etcd-io/raft are not in ../shared/corpus (or KONSUL_CORPUS)");

        var result = RaftCorpus.RunFile(Path.Combine(Folder!, file));

        Assert.Null(result.FirstDifference);
        Assert.Equal(0, result.Failed + result.Unsupported);
        Assert.True(result.Passed > 0);
    }

    /// <summary>A runner that cannot fail would prove nothing.</summary>
    [Theory]
    [InlineData("add-nodes 1 voters=(1) index=3\n----\nINFO something else\n", 0, 1, 0)]
    [InlineData("no-such-command 1\n----\nok\n", 0, 0, 1)]
    [InlineData("log-level none\n----\nok\n\n# comment\nlog-level info\n----\nnot ok\n", 1, 1, 0)]
    [InlineData("committed cfg=(1,2,3) idx=(5,6,7)\n----\n6\n", 0, 1, 0)]
    [InlineData("vote cfg=(1,2,3) votes=(y,y,_)\n----\nVoteWon\n", 1, 0, 0)]
    [InlineData("simple\nv1\n----\nvoters=(1)\n1: StateProbe match=0 next=1\n\nsimple\nv2 v3\n----\nvoters=(1 2 3)\n", 1, 1, 0)]
    public void Runner_CountsWhatPassesFailsAndIsUnknown(string text, int passed, int failed, int unsupported)
    {
        var result = RaftCorpus.Run("inline", text);

        Assert.Equal((passed, failed, unsupported), (result.Passed, result.Failed, result.Unsupported));
        Assert.Equal(failed + unsupported == 0, result.FirstDifference is null);
    }

    private static string? FindFolder()
    {
        if (Environment.GetEnvironmentVariable("KONSUL_CORPUS") is { Length: > 0 } given)
        {
            return Existing(Path.Combine(given, "raft"));
        }

        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Konsul.Mesh.sln")))
            {
                return Existing(Path.Combine(folder.FullName, "..", "shared", "corpus", "raft"));
            }
        }

        return null;
    }

    private static string? Existing(string folder) => Directory.Exists(folder) ? folder : null;
}
