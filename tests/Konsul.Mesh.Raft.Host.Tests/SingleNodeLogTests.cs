using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Konsul.Mesh.Raft.Host.Tests.Disk;
using static Konsul.Mesh.Raft.Host.Tests.LogFixture;

namespace Konsul.Mesh.Raft.Host.Tests;

public sealed class SingleNodeLogTests
{
    private readonly FakeDisk _disk = new();
    private readonly RecordingMachine _machine = new();

    [Fact]
    public async Task Propose_OneCommand_IsAppliedDurableAndAnswered()
    {
        await using var log = await OpenAsync(_disk, _machine);

        var committed = await log.ProposeAsync("hello");

        Assert.Equal((1UL, 1UL, (object)"hello"), (committed.Index, committed.Term, committed.Result!));
        Assert.Equal((LogRole.Leader, "n1", 1UL, 1UL, 1UL), (log.Status.Role, log.Status.Leader, log.Status.LastIndex, log.Status.AppliedIndex, log.Status.FirstIndex));
        Assert.Equal(1UL, await log.ReadBarrierAsync(TestContext.Current.CancellationToken));
        var after = new RecordingMachine();
        OpenSegments(_disk.AfterPowerCut(null), after).Dispose();
        Assert.Equal(["hello"], after.Commands);
    }

    [Fact]
    public async Task Open_AgainAndAgain_KeepsEverythingAndRaisesTheTerm()
    {
        var expected = new List<string>();
        for (var round = 1; round <= 12; round++)
        {
            var machine = new RecordingMachine();
            await using var log = await OpenAsync(_disk, machine, Options with { SegmentBytes = 5000 });
            Assert.Equal(expected, machine.Commands);
            for (var i = 0; i < round; i++)
            {
                expected.Add($"{round}.{i}");
                Assert.Equal((ulong)round, (await log.ProposeAsync(expected[^1])).Term);
            }
        }
    }

    [Fact]
    public async Task Propose_ManyAtOnce_EachGetsItsOwnPlaceInOneOrder()
    {
        await using var log = await OpenAsync(_disk, _machine);

        var proposers = Enumerable.Range(0, 16).Select(p => Task.Run(async () =>
        {
            var results = new List<Committed>();
            for (var i = 0; i < 50; i++)
            {
                results.Add(await log.ProposeAsync($"{p}:{i}"));
            }

            return results;
        }));
        var all = await Task.WhenAll(proposers);

        Assert.Equal(Enumerable.Range(1, 800).Select(i => (ulong)i), all.SelectMany(r => r).Select(c => c.Index).Order());
        Assert.All(all, results => Assert.Equal(results.Select(r => r.Index).Order(), results.Select(r => r.Index)));
        Assert.Equal(all.SelectMany(r => r).OrderBy(c => c.Index).Select(c => (c.Index, (string)c.Result!)), _machine.Applied);
    }

    [Fact]
    public async Task Propose_WhileABatchIsWritten_TheRestSharesOneSync()
    {
        await using var log = await OpenAsync(_disk, _machine);
        using var applying = new Gate(_machine, "first");

        var first = log.ProposeAsync("first");
        await applying.Reached;
        var rest = Enumerable.Range(0, 100).Select(i => log.ProposeAsync($"{i}")).ToList();
        var before = log.Status.Syncs;
        applying.Open();
        await Task.WhenAll([first, .. rest]);

        var barrier = await log.ProposeAsync("end");
        Assert.Equal(102UL, barrier.Index);
        await log.SnapshotAsync(TestContext.Current.CancellationToken);
        Assert.Equal(3, log.Status.Syncs - before);
    }

    [Fact]
    public async Task Propose_TooLarge_IsRefusedAndNothingHappens()
    {
        await using var log = await OpenAsync(_disk, _machine, Options with { MaxProposalBytes = 10 });

        var refused = await Assert.ThrowsAsync<ProposalRefusedException>(() => log.ProposeAsync("12345678901"));
        await log.ProposeAsync("1234567890");

        Assert.Equal(ProposalRefusal.TooLarge, refused.Refusal);
        Assert.Equal("The command has 11 bytes, the limit is 10.", refused.Message);
        Assert.Equal(["1234567890"], _machine.Commands);
    }

    [Fact]
    public async Task Propose_LargerThanASegment_GetsASegmentOfItsSize()
    {
        await using (var log = await OpenAsync(_disk, _machine, Options with { SegmentBytes = 4096 }))
        {
            await log.ProposeAsync(new string('x', 100_000));
            await log.ProposeAsync("small");
        }

        var machine = new RecordingMachine();
        await using var again = await OpenAsync(_disk, machine, Options with { SegmentBytes = 4096 });
        Assert.Equal([new string('x', 100_000), "small"], machine.Commands);
    }

    [Fact]
    public async Task Propose_QueueFull_IsRefusedAsOverloadedThenWorksAgain()
    {
        await using var log = await OpenAsync(_disk, _machine, Options with { MaxQueued = 5 });
        using var applying = new Gate(_machine, "first");
        var accepted = new List<Task<Committed>> { log.ProposeAsync("first") };
        await applying.Reached;

        while (accepted.Count < 5)
        {
            accepted.Add(log.ProposeAsync("more"));
        }

        var refused = await Assert.ThrowsAsync<ProposalRefusedException>(() => log.ProposeAsync("one too many"));
        applying.Open();
        await Task.WhenAll(accepted);

        Assert.Equal(ProposalRefusal.Overloaded, refused.Refusal);
        Assert.Equal(6UL, (await log.ProposeAsync("again")).Index);
    }

    [Fact]
    public async Task Propose_WaitCancelled_DoesNotLoseTheEntry()
    {
        await using var log = await OpenAsync(_disk, _machine);
        using var applying = new Gate(_machine, "first");
        using var cancelled = new CancellationTokenSource();
        var first = log.ProposeAsync("first");
        await applying.Reached;

        var waiting = log.ProposeAsync("second"u8.ToArray(), cancelled.Token);
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await waiting);
        applying.Open();
        await first;
        await log.ProposeAsync("third");

        Assert.Equal(["first", "second", "third"], _machine.Commands);
    }

    [Fact]
    public async Task Propose_CallerReusesItsBuffer_TheCommandIsAsItWas()
    {
        await using var log = await OpenAsync(_disk, _machine);
        using var applying = new Gate(_machine, "first");
        var first = log.ProposeAsync("first");
        await applying.Reached;
        var buffer = Encoding.UTF8.GetBytes("second");

        var second = log.ProposeAsync(buffer, TestContext.Current.CancellationToken);
        buffer.AsSpan().Clear();
        applying.Open();
        await first;

        Assert.Equal("second", (await second).Result);
    }

    [Fact]
    public async Task Apply_Throws_TheLogStopsWithThatReason()
    {
        await using var log = await OpenAsync(_disk, _machine);
        _machine.OnApply = c => throw new InvalidOperationException($"cannot {c}");

        var failed = await Assert.ThrowsAsync<LogStoppedException>(() => log.ProposeAsync("x"));

        Assert.Contains("cannot x", failed.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<LogStoppedException>(() => log.Completion);
        await Assert.ThrowsAsync<LogStoppedException>(() => log.ProposeAsync("y"));
        await Assert.ThrowsAsync<LogStoppedException>(async () => await log.ReadBarrierAsync(TestContext.Current.CancellationToken));
        Assert.Equal(LogRole.Stopped, log.Status.Role);
    }

    [Fact]
    public async Task Dispose_WithProposalsWaiting_AnswersThemAndFreesTheDirectory()
    {
        var log = await OpenAsync(_disk, _machine);
        using var applying = new Gate(_machine, "first");
        var first = log.ProposeAsync("first");
        await applying.Reached;
        var second = log.ProposeAsync("second");

        var closing = log.DisposeAsync();
        var refused = await Assert.ThrowsAsync<ProposalRefusedException>(() => log.ProposeAsync("late"));
        applying.Open();
        await closing;

        Assert.Equal((1UL, 2UL), ((await first).Index, (await second).Index));
        Assert.Equal(ProposalRefusal.Unavailable, refused.Refusal);
        await log.Completion;
        await using var again = await OpenAsync(_disk, new RecordingMachine());
    }

    [Fact]
    public async Task Open_DirectoryInUse_IsRefused()
    {
        await using var log = await OpenAsync(_disk, _machine);

        var refused = await Assert.ThrowsAsync<IOException>(() => OpenAsync(_disk, new RecordingMachine()));

        Assert.Contains("held by another process", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Append_RandomBatches_ReadBackInOrder()
    {
        var command = Gen.ArrayOf(Gen.Choose(0, 255).Select(b => (byte)b)).Select(Convert.ToHexString);
        var batches = Gen.ListOf(Gen.ListOf(command)).ToArbitrary();

        Prop.ForAll(batches, list =>
        {
            var disk = new FakeDisk { MaxWrite = 100 };
            using (var log = OpenSegments(disk, new RecordingMachine(), 5000))
            {
                foreach (var batch in list)
                {
                    log.Append(1, Batch([.. batch]));
                }
            }

            var machine = new RecordingMachine();
            OpenSegments(disk, machine, 5000).Dispose();
            return machine.Commands.SequenceEqual(list.SelectMany(b => b));
        }).Check(Config.QuickThrowOnFailure);
    }

    /// <summary>Holds the owner loop inside Apply of one command.</summary>
    private sealed class Gate : IDisposable
    {
        private readonly ManualResetEventSlim _open = new();
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Gate(RecordingMachine machine, string at) => machine.OnApply = command =>
        {
            if (command == at)
            {
                _reached.TrySetResult();
                _open.Wait();
            }
        };

        public Task Reached => _reached.Task;

        public void Open() => _open.Set();

        public void Dispose() => _open.Set();
    }
}
