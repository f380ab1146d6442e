using Konsul.Mesh.Corpus.Histories;
using Konsul.Mesh.TestKit.Linearizability;

namespace Konsul.Mesh.Corpus.Tests.Histories;

public sealed class ExpectedVerdictTests
{
    [Theory]
    [InlineData("etcd_002.linearizable.log", Verdict.Ok)]
    [InlineData("etcd_000.not-linearizable.log", Verdict.Illegal)]
    [InlineData("c50-linearizable.txt", Verdict.Ok)]
    [InlineData("c50-not-linearizable.txt", Verdict.Illegal)]
    [InlineData("c10-ok.txt", Verdict.Ok)]
    [InlineData("c10-bad.txt", Verdict.Illegal)]
    [InlineData("Not_Linearizable.log", Verdict.Illegal)]
    [InlineData("etcd_002.log", null)]
    [InlineData("bad-or-ok.txt", null)]
    [InlineData("", null)]
    public void Of_FileName_ReadsItsWords(string name, Verdict? expected) => Assert.Equal(expected, ExpectedVerdict.Of(name));
}
