using Konsul.Mesh.TestKit.Linearizability;
using Konsul.Mesh.TestKit.Linearizability.Models;
using static Konsul.Mesh.TestKit.Tests.Linearizability.Register;

namespace Konsul.Mesh.TestKit.Tests.Linearizability;

public sealed class LinearizabilityCheckerTests
{
    [Fact]
    public void Check_NoOperations_IsOk() => Assert.Equal(Verdict.Ok, Check().Verdict);

    [Fact]
    public void Check_OneAfterAnother_IsOk()
    {
        var result = Check(Read(0, 1, null), Write(2, 3, 7), Read(4, 5, 7), Cas(6, 7, 7, 8, true), Cas(8, 9, 7, 9, false), Read(10, 11, 8));

        Assert.Equal(Verdict.Ok, result.Verdict);
        Assert.Equal(6, Assert.Single(result.Partitions).LongestLinearization.Count);
    }

    [Fact]
    public void Check_OperationsInAnyOrder_IsTheSame()
    {
        Assert.Equal(Verdict.Ok, Check(Read(4, 5, 7), Write(2, 3, 7), Read(0, 1, null)).Verdict);
        Assert.Equal(Verdict.Illegal, Check(Read(4, 5, null), Write(2, 3, 7)).Verdict);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(1L)]
    public void Check_ReadDuringWrite_MayFindOldOrNew(long? found) => Assert.Equal(Verdict.Ok, Check(Write(0, 10, 1), Read(3, 5, found)).Verdict);

    [Fact]
    public void Check_ReadFindsWhatNobodyWrote_IsIllegal() => Assert.Equal(Verdict.Illegal, Check(Write(0, 10, 1), Read(3, 5, 2)).Verdict);

    [Fact]
    public void Check_OldValueAfterNewOneWasRead_IsIllegal() =>
        Assert.Equal(Verdict.Illegal, Check(Write(0, 100, 1), Read(10, 20, 1), Read(30, 40, null)).Verdict);

    [Fact]
    public void Check_TwoReadersSeeTwoOrders_IsIllegal() => Assert.Equal(
        Verdict.Illegal,
        Check(Write(0, 10, 1), Write(0, 10, 2), Read(20, 21, 1), Read(22, 23, 2)).Verdict);

    [Fact]
    public void Check_CallAtTheInstantOfAReturn_IsConcurrent()
    {
        Assert.Equal(Verdict.Ok, Check(Write(0, 10, 1), Read(10, 20, null)).Verdict);
        Assert.Equal(Verdict.Illegal, Check(Write(0, 10, 1), Read(11, 20, null)).Verdict);
    }

    [Fact]
    public void Check_OperationsWithoutDuration_KeepTheirPlace()
    {
        Assert.Equal(Verdict.Ok, Check(Write(0, 100, 5), Read(25, 75, 5), Read(30, 30, null), Read(30, 30, null)).Verdict);
        Assert.Equal(Verdict.Illegal, Check(Write(0, 100, 5), Read(10, 10, 5), Read(10, 10, 5), Read(40, 90, null)).Verdict);
    }

    [Fact]
    public void Check_OnlyOneOfTwoSwapsCanHaveWon_IsIllegalIfBothDid()
    {
        Assert.Equal(Verdict.Illegal, Check(Cas(0, 10, null, 1, true), Cas(0, 10, null, 2, true)).Verdict);
        Assert.Equal(Verdict.Ok, Check(Cas(0, 10, null, 1, true), Cas(0, 10, null, 2, false)).Verdict);
        Assert.Equal(Verdict.Illegal, Check(Cas(0, 10, null, 1, false)).Verdict);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(1L)]
    public void Check_UnknownWrite_MayHaveHappenedLongAfterOrNever(long? found) =>
        Assert.Equal(Verdict.Ok, Check(Unknown(0, RegisterInput.Write(1)), Read(1000, 1001, null), Read(2000, 2001, found)).Verdict);

    [Fact]
    public void Check_UnknownWrite_DoesNotHappenBeforeItsCall() =>
        Assert.Equal(Verdict.Illegal, Check(Read(0, 1, 1), Unknown(2, RegisterInput.Write(1))).Verdict);

    [Fact]
    public void Check_UnknownWrite_HappensAtMostOnce()
    {
        Operation<RegisterInput, RegisterOutput>[] comesBack = [Unknown(0, RegisterInput.Write(1)), Read(1, 2, 1), Write(3, 4, 2), Read(5, 6, 1)];

        Assert.Equal(Verdict.Illegal, Check(comesBack).Verdict);
        Assert.Equal(Verdict.Ok, Check([.. comesBack, Unknown(0, RegisterInput.Write(1))]).Verdict);
    }

    [Fact]
    public void Check_UnknownSwap_FitsOnlyWhereItFindsWhatItExpects()
    {
        Assert.Equal(Verdict.Ok, Check(Write(0, 1, 1), Unknown(2, RegisterInput.CompareAndSet(1, 2)), Read(3, 4, 2)).Verdict);
        Assert.Equal(Verdict.Illegal, Check(Write(0, 1, 1), Unknown(2, RegisterInput.CompareAndSet(3, 2)), Read(3, 4, 2)).Verdict);
    }

    [Fact]
    public void Check_ManyEqualUnknownWrites_AreNotTriedInEveryCombination()
    {
        var unknown = Enumerable.Range(0, 200).Select(i => Unknown(i, RegisterInput.Write(i % 2)));

        var result = Check([.. unknown, Write(300, 301, 5), Read(302, 303, 6)]);

        Assert.Equal(Verdict.Illegal, result.Verdict);
        Assert.InRange(result.Partitions[0].Steps, 1, 200_000);
    }

    [Fact]
    public void Check_ManyUnknownWritesAndAWrongRead_IsStillProvenIllegal()
    {
        var unknown = Enumerable.Range(0, 300).Select(i => Unknown(i, RegisterInput.Write(i)));

        var partition = Check([.. unknown, Write(400, 401, 1000), Read(402, 403, 7), Write(404, 409, 1001), Read(410, 411, 7)]).Partitions[0];

        Assert.Equal(Verdict.Illegal, partition.Verdict);
        Assert.Equal(410, partition.Window!.Culprit.Call);
        Assert.InRange(partition.Steps, 1, 1_000_000);
    }

    [Fact]
    public void Check_KeysAreChecked_Apart()
    {
        static Operation<KeyValueInput, KeyValueOutput> Put(string key, long at, string value) =>
            new(0, KeyValueInput.Put(key, value), at, KeyValueOutput.Done, at + 1);
        static Operation<KeyValueInput, KeyValueOutput> Get(string key, long at, string? found) =>
            new(0, KeyValueInput.Get(key), at, KeyValueOutput.Got(found), at + 1);

        var result = LinearizabilityChecker.Check(
            new KeyValueModel(),
            [Put("a", 0, "1"), Put("b", 2, "2"), Get("b", 4, "2"), Get("a", 6, "2"), Get("c", 8, null)],
            new CheckOptions { Parallelism = 1 });

        Assert.Equal(Verdict.Illegal, result.Verdict);
        Assert.Equal(["a", "b", "c"], result.Partitions.Select(p => p.Name));
        Assert.Equal(Verdict.Illegal, result.Partitions[0].Verdict);
    }

    [Fact]
    public void Check_IllegalHistory_KeepsTheLongestOrderThatIsLegal()
    {
        var partition = Check(Write(0, 1, 1), Write(2, 3, 2), Read(4, 5, 2), Read(6, 7, 1), Read(8, 9, 2)).Partitions[0];

        Assert.Equal(partition.Operations.Take(3), partition.LongestLinearization);
    }

    [Theory]
    [InlineData(5, 4)]
    [InlineData(5, Operation<int, int>.Never)]
    public void Operation_ReturnsBeforeItsCallOrNever_IsRefused(long call, long end) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new Operation<int, int>(0, 0, call, 0, end));
}
