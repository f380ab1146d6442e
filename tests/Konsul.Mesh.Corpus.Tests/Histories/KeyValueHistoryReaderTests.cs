using Konsul.Mesh.Corpus.Histories;

namespace Konsul.Mesh.Corpus.Tests.Histories;

public sealed class KeyValueHistoryReaderTests
{
    [Fact]
    public void TryRead_EveryKindOfLine_MakesTheHistory()
    {
        var result = Run(
            """{:process 0, :type :invoke, :f :get, :key "a", :value nil}""",
            """{:process 0, :type :ok, :f :get, :key "a", :value ""}""",
            """{:process :nemesis, :type :info, :f :start}""",
            """{:process 0, :type :invoke, :f :put, :key "a", :value "say \"hi\"\n"}""",
            """{:process 0, :type :ok, :f :put, :key "a", :value "say \"hi\"\n"}""",
            "",
            """{:f :append, :type :invoke, :process 1, :value "\\", :key "a"}""",
            """{:process 1, :type :info, :f :append, :key "a", :value "\\"}""",
            """{:process 2, :type :invoke, :f :put, :key "a", :value "never"}""",
            """{:process 2, :type :fail, :f :put, :key "a", :value "never"}""",
            """{:process 3, :type :invoke, :f :get, :key "a", :value nil}""",
            """{:process 3, :type :ok, :f :get, :key "a", :value "say \"hi\"\n\\"}""",
            """{:process 3, :type :invoke, :f :delete, :key "a"}""",
            """{:process 3, :type :ok, :f :delete, :key "a"}""",
            """{:process 3, :type :invoke, :f :get, :key "a", :value nil}""",
            """{:process 3, :type :ok, :f :get, :key "a", :value nil}""");

        Assert.True(result.Outcome == CaseOutcome.Pass, string.Join('\n', result.Details));
        Assert.Contains("6 operations, 1 partitions", result.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_WrongHistory_SaysWhereItFails()
    {
        var result = Run(
            """{:process 0, :type :invoke, :f :get, :key "a", :value nil}""",
            """{:process 0, :type :ok, :f :get, :key "a", :value "x"}""");

        Assert.Equal(CaseOutcome.Fail, result.Outcome);
        Assert.Contains("its name says linearizable", result.Summary, StringComparison.Ordinal);
        Assert.Contains(result.Details, d => d.Contains("nothing explains this", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""{:process 0, :type :invoke, :f :cas, :key "a", :value ["1" "2"]}""", "'['")]
    [InlineData("""{:process 0, :type :invoke, :f :txn, :key "a", :value nil}""", ":txn")]
    [InlineData("""{:process 0, :type :invoke, :f :get, :value nil}""", ":key")]
    [InlineData("""{:process 0, :type :dance, :f :get, :key "a"}""", ":dance")]
    [InlineData("""{:process 7, :type :ok, :f :get, :key "a", :value ""}""", "process 7")]
    [InlineData("""{:process 0, :type :invoke, :f :get, :key "a""", "without an end")]
    [InlineData("""{:process 0, :type :invoke, :f :get, :key "a\""", "without an end")]
    [InlineData("""{:process 0, :type :invoke, :f :get, :key "\q"}""", "\\q")]
    [InlineData("""{:process 0, :type :invoke, :f :get, :key}""", "without a value")]
    [InlineData("""{:process 0, :type :invoke, :f :get, :key "a" """, "does not end")]
    [InlineData("""{:process 0} {}""", "does not end")]
    [InlineData("""process 0""", "not a map")]
    [InlineData("""{}""", "no :process")]
    public void TryRead_UnknownLine_IsNamed(string line, string named)
    {
        var e = Assert.Throws<FormatException>(() => Run("""{:process 1, :type :invoke, :f :get, :key "a", :value nil}""", line));

        Assert.StartsWith("line 2: ", e.Message, StringComparison.Ordinal);
        Assert.Contains(named, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("""{"process": 0, "type": "invoke"}""")]
    [InlineData("some text about :process and :type")]
    public void TryRead_AnotherKindOfFile_IsNotTaken(string text) =>
        Assert.Null(new KeyValueHistoryReader().TryRead(new CorpusFile("x.txt", text.Split('\n'))));

    private static CaseResult Run(params string[] lines) =>
        new KeyValueHistoryReader().TryRead(new CorpusFile("x-linearizable.txt", lines))!.Run(TestContext.Current.CancellationToken);
}
