using Konsul.Mesh.Corpus.Histories;

namespace Konsul.Mesh.Corpus.Tests.Histories;

public sealed class OutsideHistoryTests
{
    public static TheoryData<string> RecordedHistories =>
        [.. OutsideCorpus.Files("porcupine").Where(f => f.Length == 0 || ExpectedVerdict.Of(Path.GetFileName(f)) is not null)];

    [Theory]
    [MemberData(nameof(RecordedHistories))]
    public void Run_RecordedHistory_GetsTheVerdictOfItsName(string file)
    {
        Assert.SkipWhen(file.Length == 0, $"no recorded histories in {OutsideCorpus.Folder}: set KONSUL_CORPUS");
        var text = CorpusFile.Read(Path.Combine(OutsideCorpus.Folder, file))!;

        var found = CorpusReaders.All.Select(r => r.TryRead(text)).FirstOrDefault(c => c is not null);

        var result = found!.Run(TestContext.Current.CancellationToken);
        Assert.True(result.Outcome == CaseOutcome.Pass, $"{result.Summary}\n{string.Join('\n', result.Details)}");
    }
}
