using Konsul.Mesh.Corpus.Histories;

namespace Konsul.Mesh.Corpus.Tests.Histories;

public sealed class RegisterLogReaderTests
{
    [Fact]
    public void TryRead_EveryKindOfLine_MakesTheHistory()
    {
        var result = Run(
            "INFO  jepsen.core - starting",
            Line("0 :invoke :read nil"), Line("0 :ok :read nil"),
            Line(":nemesis :info :start nil"),
            Line("1 :invoke :write 3"), Line("1 :ok :write 3"),
            Line("2 :invoke :cas [3 4]"), Line("2 :ok :cas [3 4]"),
            Line("3 :invoke :cas [3 5]"), Line("3 :fail :cas [3 5]"),
            Line("0 :invoke :read nil"), Line("0 :fail :read :timed-out"),
            Line("1 :invoke :write 9"), Line("1 :info :write :timed-out"),
            Line("6 :invoke :write -7"),
            Line("0 :invoke :read nil"), Line("0 :ok :read 9"),
            Line("0 :invoke :read nil"), Line("0 :ok :read -7"));

        Assert.Equal(CaseOutcome.Pass, result.Outcome);
        Assert.Contains("8 operations", result.Summary, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1 :fail :cas [nil 5]", false)]
    [InlineData("1 :fail :cas :not-leader", true)]
    [InlineData("1 :info :cas :timed-out", true)]
    public void TryRead_SwapThatFails_HasSeenAnotherValueUnlessAReasonIsGiven(string end, bool isLegal) =>
        Assert.Equal(isLegal ? CaseOutcome.Pass : CaseOutcome.Fail, Run(Line("1 :invoke :cas [nil 5]"), Line(end)).Outcome);

    [Fact]
    public void TryRead_ProcessInvokesAgain_HasGivenUpOnTheOldOperation() => Assert.Equal(
        CaseOutcome.Pass,
        Run(Line("1 :invoke :write 1"), Line("1 :invoke :read nil"), Line("1 :ok :read nil"), Line("2 :invoke :read nil"), Line("2 :ok :read 1")).Outcome);

    [Theory]
    [InlineData("1 :ok :read nil", "has not begun")]
    [InlineData("1 :info :read nil", "has not begun")]
    [InlineData("1 :invoke :append 3", ":append")]
    [InlineData("1 :invoke :write [1]", "not a number")]
    [InlineData("1 :invoke :write 99999999999999999999", "not a number")]
    [InlineData("1 :invoke :cas [1]", ":cas")]
    [InlineData("1 :dance :read nil", ":dance")]
    [InlineData("99999999999 :invoke :read nil", "99999999999")]
    public void TryRead_UnknownLine_IsNamed(string line, string named)
    {
        var e = Assert.Throws<FormatException>(() => Run("first", Line(line)));

        Assert.StartsWith("line 2: ", e.Message, StringComparison.Ordinal);
        Assert.Contains(named, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TryRead_AnotherKindOfFile_IsNotTaken() =>
        Assert.Null(new RegisterLogReader().TryRead(new CorpusFile("x.log", ["", "INFO jepsen.core - 1 :invoke :read nil", "jepsen"])));

    private static string Line(string what) => "INFO  jepsen.util - " + what.Replace(' ', '\t');

    private static CaseResult Run(params string[] lines) =>
        new RegisterLogReader().TryRead(new CorpusFile("x.linearizable.log", lines))!.Run(TestContext.Current.CancellationToken);
}
