using Konsul.Mesh.Raft.Host.Audit;

namespace Konsul.Mesh.Raft.Host.Tests.Consensus;

public sealed class DivergenceJudgeTests
{
    [Fact]
    public void Judge_AllEqual_AgreesAtTheNewestCommonIndex()
    {
        var verdict = Judge(3, Report("a", (1000, 1), (2000, 2), (2500, 9)), Report("b", (1000, 1), (2000, 2)), Report("c", (1000, 1), (1500, 5)));

        Assert.Equal(2000UL, verdict.Agreed);
        Assert.Equal(["a", "b", "c"], verdict.Equal);
        Assert.Empty(verdict.Diverged);
        Assert.Empty(verdict.Disputed);
    }

    [Fact]
    public void Judge_OneOfThreeDiffers_ItIsTheOne()
    {
        var verdict = Judge(3, Report("a", (1000, 1)), Report("b", (1000, 7)), Report("c", (1000, 1)));

        Assert.Equal(["b"], verdict.Diverged);
        Assert.Equal(["a", "c"], verdict.Equal);
    }

    [Fact]
    public void Judge_TwoDifferAndTheThirdIsAway_NobodyIsBelieved()
    {
        var verdict = Judge(3, Report("a", (1000, 1)), Report("b", (1000, 7)));

        Assert.Empty(verdict.Diverged);
        Assert.Equal(["a", "b"], verdict.Disputed);
        Assert.Equal(0UL, verdict.Agreed);
    }

    [Fact]
    public void Judge_DifferedBeforeASnapshot_TheNewestComparisonCounts()
    {
        var verdict = Judge(3, Report("a", (1000, 1), (2000, 2)), Report("b", (1000, 7), (2000, 2)), Report("c", (1000, 1), (2000, 2)));

        Assert.Empty(verdict.Diverged);
    }

    [Fact]
    public void Judge_SlowServerWithAnOldDifference_IsFoundByIt()
    {
        var verdict = Judge(3, Report("a", (1000, 1), (2000, 2)), Report("b", (1000, 7)), Report("c", (1000, 1), (2000, 2)));

        Assert.Equal(["b"], verdict.Diverged);
        Assert.Equal(2000UL, verdict.Agreed);
    }

    [Fact]
    public void Judge_Learners_AreJudgedAndDoNotJudge()
    {
        var verdict = Judge(3, Report("a", (1000, 1)), Report("b", (1000, 1)), Learner("x", (1000, 7)), Learner("y", (1000, 7)), Learner("z", (1000, 7)));
        var outnumbered = Judge(3, Report("a", (1000, 1)), Learner("x", (1000, 7)), Learner("y", (1000, 7)), Learner("z", (1000, 7)));

        Assert.Equal(["x", "y", "z"], verdict.Diverged);
        Assert.Empty(outnumbered.Diverged);
        Assert.Equal(["a", "x", "y", "z"], outnumbered.Disputed);
    }

    [Fact]
    public void Judge_OtherForm_IsNotCompared()
    {
        var verdict = Judge(3, Report("a", (1000, 1)), Report("b", (1000, 7)) with { Form = "newer" }, Report("c", (1000, 1)));

        Assert.Empty(verdict.Diverged);
        Assert.Equal(["a", "c"], verdict.Equal);
    }

    [Fact]
    public void Judge_ServerThatContradictsItself_CountsOnceAnIndex()
    {
        var verdict = Judge(3, Report("a", (1000, 1)), Report("b", (1000, 7), (1000, 7), (1000, 1)), Report("c", (1000, 1)));

        Assert.Equal(["b"], verdict.Diverged);
    }

    [Fact]
    public void Report_ThroughItsBytes_IsTheSame()
    {
        var report = Report("", (1000, UInt128.MaxValue), (ulong.MaxValue, 0));

        var read = CheckpointReport.Decode(report.Encode())!;

        Assert.Equal(report.Form, read.Form);
        Assert.Equal(report.Checkpoints, read.Checkpoints);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{\"Form\":null}")]
    [InlineData("{\"Form\":\"f\",\"Checkpoints\":null}")]
    [InlineData("{\"Form\":\"f\",\"Checkpoints\":[{\"Index\":-1}]}")]
    [InlineData("{\"Form\":\"f\",\"Checkpoints\":[{\"Index\":1,\"Digest\":340282366920938463463374607431768211456}]}")]
    public void Decode_Anything_IsRefusedQuietly(string text) => Assert.Null(CheckpointReport.Decode(System.Text.Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void Decode_TooMany_IsRefused()
    {
        var many = new CheckpointReport { Checkpoints = [.. Enumerable.Range(0, CheckpointReport.MaxCheckpoints + 1).Select(i => new StateCheckpoint((ulong)i, 0))] };

        Assert.Null(CheckpointReport.Decode(many.Encode()));
    }

    private static DivergenceVerdict Judge(int voters, params CheckpointReport[] reports) => DivergenceJudge.Judge(reports, "f", voters);

    private static CheckpointReport Learner(string server, params (ulong Index, UInt128 Digest)[] checkpoints) =>
        Report(server, checkpoints) with { IsVoter = false };

    private static CheckpointReport Report(string server, params (ulong Index, UInt128 Digest)[] checkpoints) =>
        new() { Server = server, Form = "f", Checkpoints = [.. checkpoints.Select(c => new StateCheckpoint(c.Index, c.Digest))] };
}
