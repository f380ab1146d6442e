using Konsul.Mesh.TestKit.Linearizability;
using Konsul.Mesh.TestKit.Linearizability.Models;
using Konsul.Mesh.TestKit.Linearizability.Search;
using static Konsul.Mesh.TestKit.Tests.Linearizability.Register;

namespace Konsul.Mesh.TestKit.Tests.Linearizability;

public sealed class FailingWindowTests
{
    [Fact]
    public void Window_StaleReadInALongHistory_IsTheReadAlone()
    {
        var good = Enumerable.Range(0, 500).SelectMany(i => new[] { Write(10 * i, (10 * i) + 1, i), Read((10 * i) + 2, (10 * i) + 3, i) }).ToArray();
        var stale = Read(2506, 2507, 249);

        var window = Check([.. good, stale]).Partitions[0].Window!;

        Assert.Same(stale, window.Culprit);
        Assert.Same(stale, Assert.Single(window.Operations));
        var start = Assert.Single(window.Starts);
        Assert.Equal(250, start.State);
        Assert.Empty(start.Taken);
        Assert.Equal(good.Take(502).TakeLast(8), window.Before);
    }

    [Fact]
    public void Window_OpenOperations_AreInItWithEveryStateTheyAllow()
    {
        var slow = Write(0, 100, 1);
        var unknown = Unknown(1, RegisterInput.Write(2));
        var bad = Read(20, 30, 3);

        var window = Check(slow, unknown, Write(3, 5, 0), bad, Read(40, 50, 77)).Partitions[0].Window!;

        Assert.Same(bad, window.Culprit);
        Assert.Equal([slow, unknown, bad], window.Operations);
        Assert.Contains(window.Starts, s => s.State == 0 && s.Taken.Count == 0);
    }

    [Fact]
    public void Window_TooManyConfigurations_IsTheShortestIllegalBeginning()
    {
        Operation<RegisterInput, RegisterOutput>[] history = [Write(0, 1, 1), Write(2, 3, 2), Read(4, 5, 1), Write(6, 7, 3), Read(8, 9, 2)];

        var window = new ShortestBeginning<long?, RegisterInput, RegisterOutput>(Sequential, history, new CacheBudget(1 << 20))
            .Find(CancellationToken.None)!;

        Assert.Same(history[2], window.Culprit);
        Assert.Equal(history.Take(3), window.Operations);
        Assert.Null(Assert.Single(window.Starts).State);
    }

    [Fact]
    public void Find_TimeIsUp_IsNull() => Assert.Null(
        new ShortestBeginning<long?, RegisterInput, RegisterOutput>(Sequential, [Read(0, 1, 5)], new CacheBudget(1 << 20)).Find(new CancellationToken(true)));

    [Fact]
    public void Describe_IllegalHistory_ShowsOrderWindowAndCulprit()
    {
        var text = Check(Write(0, 1, 1), Unknown(2, RegisterInput.CompareAndSet(1, 5)), Read(6, 7, 4)).Describe();

        Assert.Equal(
            """
            Illegal: of 1 partitions 0 are ok, 1 illegal, 0 undecided
            partition "": Illegal; at most 2 of 3 operations could be put in order
              the longest order ends with
                client 1   [0..1]  write(1) -> ok
                client 3   [2..]  cas(1, 5) -> unknown
              smallest window without a legal order: 2 operations
                returned before it
                  client 1   [0..1]  write(1) -> ok
                the state before it
                  1
                the window
                  #1   client 3   [2..]  cas(1, 5) -> unknown
                  #2   client 0   [6..7]  read() -> 4   <-- nothing explains this

            """,
            text);
    }

    [Fact]
    public void Describe_LongValues_AreCutInTheMiddle()
    {
        var value = new string('a', 5000) + "end";
        var history = new Operation<KeyValueInput, KeyValueOutput>(0, KeyValueInput.Get("k"), 0, KeyValueOutput.Got(value), 1);

        var text = LinearizabilityChecker.Check(new KeyValueModel(), [history]).Describe();

        Assert.Contains("aaa...aaa", text, StringComparison.Ordinal);
        Assert.Contains("end\"", text, StringComparison.Ordinal);
        Assert.True(text.Length < 1000, text);
    }
}
