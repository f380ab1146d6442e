using Konsul.Mesh.Etcd.Tests.Fixtures;
using Konsul.Mesh.Raft.Host;
using Konsul.Mesh.TestKit;

namespace Konsul.Mesh.Etcd.Tests;

/// <summary>Servers on one real etcd.</summary>
public sealed class EtcdLogTests
{
    [Fact]
    public async Task ProposeAsync_OneServer_IsAppliedAndSurvivesReopening()
    {
        await using var etcd = await EtcdProcess.StartAsync();
        await using var node = await Node.OpenAsync("a", etcd);

        var committed = await node.ProposeAsync("one");
        await node.ProposeAsync("two");
        await node.ReopenAsync();

        Assert.Equal(2ul, committed.Index);
        Assert.Equal("one", committed.Result);
        Assert.Equal([(2ul, "one"), (3ul, "two")], node.Machine.Applied);
    }

    [Fact]
    public async Task ProposeAsync_ThreeServersAtOnce_AllApplyTheSameSequence()
    {
        await using var etcd = await EtcdProcess.StartAsync();
        await using var a = await Node.OpenAsync("a", etcd);
        await using var b = await Node.OpenAsync("b", etcd);
        await using var c = await Node.OpenAsync("c", etcd);
        Node[] nodes = [a, b, c];

        var answers = await Task.WhenAll(Enumerable.Range(0, 600).Select(async i => (Text: $"c{i}", Answer: await nodes[i % 3].ProposeAsync($"c{i}"))));
        await Task.WhenAll(nodes.Select(n => n.Log.ReadBarrierAsync().AsTask()));

        Assert.All(answers, a => Assert.Equal(a.Text, a.Answer.Result));
        Assert.Equal(answers.Select(x => (x.Answer.Index, x.Text)).Order(), a.Machine.Applied);
        Assert.Equal(a.Machine.Applied, b.Machine.Applied);
        Assert.Equal(a.Machine.Applied, c.Machine.Applied);
    }

    [Fact]
    public async Task ReadBarrierAsync_AfterAnotherServersProposal_HasItApplied()
    {
        await using var etcd = await EtcdProcess.StartAsync();
        await using var a = await Node.OpenAsync("a", etcd);
        await using var b = await Node.OpenAsync("b", etcd);

        for (var i = 0; i < 50; i++)
        {
            var committed = await a.ProposeAsync($"c{i}");
            var applied = await b.Log.ReadBarrierAsync();

            Assert.True(applied >= committed.Index);
            Assert.Contains($"c{i}", b.Machine.Commands);
        }
    }

    [Fact]
    public async Task Watch_AnotherServersProposal_IsAppliedWithoutABarrier()
    {
        await using var etcd = await EtcdProcess.StartAsync();
        await using var a = await Node.OpenAsync("a", etcd);
        await using var b = await Node.OpenAsync("b", etcd);

        await a.ProposeAsync("seen");

        await b.AppliesAsync(1);
        Assert.Equal(a.Machine.Applied, b.Machine.Applied);
    }

    [Fact]
    public async Task Etcd_KilledAndRestartedUnderLoad_NothingIsLostOrAppliedTwice()
    {
        await using var etcd = await EtcdProcess.StartAsync();
        await using var a = await Node.OpenAsync("a", etcd);
        await using var b = await Node.OpenAsync("b", etcd);
        var acknowledged = new System.Collections.Concurrent.ConcurrentBag<string>();
        var proposed = 0;
        using var enough = new CancellationTokenSource();
        var proposers = Enumerable.Range(0, 8).Select(async p =>
        {
            while (!enough.IsCancellationRequested)
            {
                var text = $"c{Interlocked.Increment(ref proposed)}";
                await (p % 2 == 0 ? a : b).ProposeAsync(text);
                acknowledged.Add(text);
            }
        }).ToArray();

        for (var kill = 1; kill <= 3; kill++)
        {
            await Eventually.HoldsAsync($"{kill * 100} answers", () => Task.FromResult(acknowledged.Count > kill * 100));
            await etcd.KillAsync();
            etcd.Start();
        }

        await Eventually.HoldsAsync("answers after the last restart", () => Task.FromResult(acknowledged.Count > 500));
        await enough.CancelAsync();
        await Task.WhenAll(proposers);
        await Task.WhenAll(a.Log.ReadBarrierAsync().AsTask(), b.Log.ReadBarrierAsync().AsTask());

        Assert.Equal(a.Machine.Applied, b.Machine.Applied);
        Assert.Equal(a.Machine.Commands.Distinct().Count(), a.Machine.Applied.Count);
        Assert.Equal(acknowledged.Order(), a.Machine.Commands.Order());
    }

    [Fact]
    public async Task ProposeAsync_AnswerLost_IsAppendedOnce()
    {
        await using var etcd = await EtcdProcess.StartAsync();
        await using var link = new LossyLink(etcd.Port);
        await using var a = new Node("a", link.Address);
        await a.OpenAsync();
        await using var b = await Node.OpenAsync("b", etcd);
        await a.ProposeAsync("before");

        link.Swallow();
        var proposing = a.ProposeAsync("doubtful");
        await b.AppliesAsync(2);
        await b.ProposeAsync("after");
        link.Cut();
        link.Mend();

        var committed = await proposing;
        await a.Log.ReadBarrierAsync();
        Assert.True(link.Swallowed > 0);
        Assert.Equal(["before", "doubtful", "after"], a.Machine.Commands);
        Assert.Equal(3ul, committed.Index);
        Assert.Equal(b.Machine.Applied, a.Machine.Applied);
    }

    [Fact]
    public async Task Etcd_Silent_ProposalsAndBarriersFailInTimeAndGoOnAfter()
    {
        await using var etcd = await EtcdProcess.StartAsync();
        await using var a = await Node.OpenAsync("a", etcd, o => o with { AnswerTimeout = TimeSpan.FromSeconds(1) });

        etcd.Freeze();
        var inFlight = a.ProposeAsync("in flight");
        await Assert.ThrowsAsync<TimeoutException>(() => inFlight);
        var waiting = await Assert.ThrowsAsync<ProposalRefusedException>(() => a.ProposeAsync("waiting"));
        await Assert.ThrowsAsync<TimeoutException>(() => a.Log.ReadBarrierAsync().AsTask());
        etcd.Thaw();

        Assert.Equal(ProposalRefusal.Unavailable, waiting.Refusal);
        await Eventually.HoldsAsync("it works again", async () =>
        {
            await a.ProposeAsync("after");
            return true;
        });
        Assert.Single(a.Machine.Commands, "in flight");
        Assert.DoesNotContain("waiting", a.Machine.Commands);
    }

    [Fact]
    public async Task ProposeAsync_TooLarge_IsRefusedAndTheLargestGoesThrough()
    {
        await using var etcd = await EtcdProcess.StartAsync();
        await using var a = await Node.OpenAsync("a", etcd);

        var refused = await Assert.ThrowsAsync<ProposalRefusedException>(() => a.ProposeAsync(new string('x', a.Options.MaxProposalBytes + 1)));
        await a.ProposeAsync(new string('x', a.Options.MaxProposalBytes));

        Assert.Equal(ProposalRefusal.TooLarge, refused.Refusal);
        Assert.Single(a.Machine.Applied);
    }

    [Fact]
    public async Task ProposeAsync_EtcdsRequestLimitIsLow_BatchesBecomeSmaller()
    {
        await using var etcd = await EtcdProcess.StartAsync("--max-request-bytes", "20000");
        await using var a = await Node.OpenAsync("a", etcd);

        await Task.WhenAll(Enumerable.Range(0, 100).Select(i => a.ProposeAsync($"{i:D4}" + new string('x', 5000))));
        var refused = await Assert.ThrowsAsync<ProposalRefusedException>(() => a.ProposeAsync(new string('x', 30_000)));

        Assert.Equal(100, a.Machine.Applied.Count);
        Assert.Equal(ProposalRefusal.TooLarge, refused.Refusal);
    }

    [Fact]
    public async Task Machine_CannotApply_StopsTheLogByName()
    {
        await using var etcd = await EtcdProcess.StartAsync();
        await using var a = await Node.OpenAsync("a", etcd);
        a.Machine.OnApply = text => throw new InvalidOperationException($"no {text}");

        await Assert.ThrowsAsync<LogStoppedException>(() => a.ProposeAsync("rule"));

        var stopped = await Assert.ThrowsAsync<LogStoppedException>(() => a.Log.Completion);
        Assert.Contains("Entry 2 cannot be applied: no rule", stopped.Message, StringComparison.Ordinal);
        Assert.Equal(LogRole.Stopped, a.Log.Status.Role);
        await Assert.ThrowsAsync<LogStoppedException>(() => a.ProposeAsync("more"));
    }

    [Fact]
    public async Task DisposeAsync_WithProposalsUnderWay_AnswersThemAll()
    {
        await using var etcd = await EtcdProcess.StartAsync();
        await using var a = await Node.OpenAsync("a", etcd);

        var proposals = Enumerable.Range(0, 200).Select(i => a.ProposeAsync($"c{i}")).ToArray();
        await a.Log.DisposeAsync();

        Assert.All(await Task.WhenAll(proposals), c => Assert.NotNull(c.Result));
        await Assert.ThrowsAnyAsync<Exception>(() => a.ProposeAsync("late"));
    }

    [Fact]
    public async Task DisposeAsync_EtcdSilent_EndsAndTellsThatTheOutcomeIsNotKnown()
    {
        await using var etcd = await EtcdProcess.StartAsync();
        await using var a = await Node.OpenAsync("a", etcd, o => o with { AnswerTimeout = TimeSpan.FromSeconds(1) });

        etcd.Freeze();
        var proposing = a.ProposeAsync("doubtful");
        await a.Log.DisposeAsync();
        etcd.Thaw();

        await Assert.ThrowsAsync<TimeoutException>(() => proposing);
        await a.OpenAsync();
        Assert.True(a.Machine.Commands.Count(c => c == "doubtful") <= 1);
    }

    [Fact]
    public async Task ProposeAsync_TwoBusyServers_BothGetTheirTurn()
    {
        await using var etcd = await EtcdProcess.StartAsync();
        await using var a = await Node.OpenAsync("a", etcd);
        await using var b = await Node.OpenAsync("b", etcd);
        using var enough = new CancellationTokenSource();
        var busy = Enumerable.Range(0, 16).Select(async i =>
        {
            while (!enough.IsCancellationRequested)
            {
                await a.ProposeAsync($"a{i}");
            }
        }).ToArray();

        for (var i = 0; i < 200; i++)
        {
            await b.ProposeAsync($"b{i}");
        }

        await enough.CancelAsync();
        await Task.WhenAll(busy);
        await b.Log.ReadBarrierAsync();

        // Without turns the busy one appends dozens of batches for one of the other's.
        Assert.Equal(200, b.Machine.Commands.Count(c => c[0] == 'b'));
        Assert.Equal(a.Machine.Applied, b.Machine.Applied);
    }
}
