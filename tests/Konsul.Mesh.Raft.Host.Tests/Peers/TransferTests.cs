using System.Net;
using Konsul.Mesh.Raft.Host.Peers;
using Konsul.Mesh.Raft.Host.Peers.Transfer;
using Konsul.Mesh.TestKit;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Raft.Host.Tests.Peers;

public sealed class TransferTests
{
    private const int Chunk = 64 * 1024;
    private const int Size = (20 * Chunk) + 17;

    [Fact]
    public async Task Snapshot_Sent_ArrivesWholeAndThenItsMessage()
    {
        await using var one = PeerNode.Start(1, options: Small);
        await using var two = PeerNode.Start(2);
        Fill(one);
        one.SetPeers(two);

        one.Send(two, PeerNode.Snap());

        await one.HoldsAsync("the sender knows", n => n.Handler.Snapshots.Contains((2UL, true)));
        Assert.Equal(one.Snapshots.Bytes, two.Snapshots.Received);
        Assert.Equal(1, two.Snapshots.Completed);
        var message = Assert.Single(two.Handler.Messages);
        Assert.Equal((MessageType.Snap, 10UL, 1UL), (message.Type, message.Snapshot!.Index, message.From));
    }

    [Fact]
    public async Task Snapshot_ConnectionsCutAgainAndAgain_GoesOnWhereItWas()
    {
        var network = new MemoryNetwork();
        var (left, right) = (IPAddress.Parse("10.0.0.1"), IPAddress.Parse("10.0.0.2"));
        await using var one = PeerNode.Start(1, network.At(left), options: o => Small(o) with { Listen = new IPEndPoint(left, 7000) });
        await using var two = StreamTests.Start(2, network, right);
        Fill(one);
        two.Snapshots.BeforeWrite = (offset, _) =>
        {
            // Each time three more chunks are in.
            if (offset > 0 && offset / Chunk % 4 == 3 && two.Snapshots.Begun[^1] != offset)
            {
                foreach (var link in network.Links)
                {
                    link.Cut();
                }

                throw new OperationCanceledException();
            }

            return Task.CompletedTask;
        };
        one.SetPeers(two);

        one.Send(two, PeerNode.Snap());

        await one.HoldsAsync("the sender knows", n => n.Handler.Snapshots.Contains((2UL, true)));
        Assert.Equal(one.Snapshots.Bytes, two.Snapshots.Received);
        Assert.Equal([0L, 3 * Chunk, 7 * Chunk, 11 * Chunk, 15 * Chunk, 19 * Chunk], two.Snapshots.Begun);
        Assert.Equal(two.Snapshots.Begun, one.Snapshots.Opened);
        Assert.Single(two.Handler.Messages);
    }

    [Fact]
    public async Task Snapshot_ReceiverHasAllOfItAlready_OnlyCompletes()
    {
        await using var one = PeerNode.Start(1, options: Small);
        await using var two = PeerNode.Start(2);
        Fill(one);
        two.Snapshots.Received.AddRange(one.Snapshots.Bytes);
        one.SetPeers(two);

        one.Send(two, PeerNode.Snap());

        await one.HoldsAsync("the sender knows", n => n.Handler.Snapshots.Contains((2UL, true)));
        Assert.Equal(1, two.Snapshots.Completed);
    }

    [Fact]
    public async Task Snapshot_ReceiverFails_IsReportedAsFailed()
    {
        await using var one = PeerNode.Start(1, options: Small);
        await using var two = PeerNode.Start(2);
        Fill(one);
        two.Snapshots.BeforeWrite = (offset, _) => offset > 2 * Chunk ? throw new IOException("the disk is full") : Task.CompletedTask;
        one.SetPeers(two);

        one.Send(two, PeerNode.Snap());

        await one.HoldsAsync("the sender knows", n => n.Handler.Snapshots.Contains((2UL, false)));
        Assert.Single(two.Snapshots.Begun);
        Assert.Empty(two.Handler.Messages);
        Assert.True(two.Log.Count(LogLevel.Error, "the disk is full") > 0);
    }

    [Fact]
    public async Task Snapshot_OverTheReceiversLimit_IsReportedAsFailed()
    {
        await using var one = PeerNode.Start(1, options: Small);
        await using var two = PeerNode.Start(2, options: o => o with { MaxSnapshotBytes = Size - 1 });
        Fill(one);
        one.SetPeers(two);

        one.Send(two, PeerNode.Snap());

        await one.HoldsAsync("the sender knows", n => n.Handler.Snapshots.Contains((2UL, false)));
        Assert.Empty(two.Snapshots.Begun);
    }

    [Fact]
    public async Task Snapshot_SourceHasNone_IsReportedAsFailed()
    {
        await using var one = PeerNode.Start(1);
        await using var two = PeerNode.Start(2);
        one.SetPeers(two);

        one.Send(two, PeerNode.Snap());

        await one.HoldsAsync("the sender knows", n => n.Handler.Snapshots.Contains((2UL, false)));
    }

    [Fact]
    public async Task Snapshot_SourceBreaksOffInTheMiddle_IsReportedAsFailed()
    {
        await using var one = PeerNode.Start(1, options: Small);
        await using var two = PeerNode.Start(2);
        Fill(one);
        one.Snapshots.Wrap = _ => new MemoryStream(new byte[3 * Chunk]);
        one.SetPeers(two);

        one.Send(two, PeerNode.Snap());

        await one.HoldsAsync("the sender knows", n => n.Handler.Snapshots.Contains((2UL, false)));
        Assert.Equal(0, two.Snapshots.Completed);
    }

    [Fact]
    public async Task Snapshot_SourceThrowsWhatNobodyExpects_IsReportedAsFailedAndTheNextOneWorks()
    {
        await using var one = PeerNode.Start(1, options: Small);
        await using var two = PeerNode.Start(2);
        Fill(one);
        one.Snapshots.Wrap = _ => throw new InvalidOperationException("a mistake");
        one.SetPeers(two);
        one.Send(two, PeerNode.Snap());
        await one.HoldsAsync("the failure is reported", n => n.Handler.Snapshots.Contains((2UL, false)));
        one.Snapshots.Wrap = stream => stream;

        one.Send(two, PeerNode.Snap());

        await one.HoldsAsync("the next one is through", n => n.Handler.Snapshots.Contains((2UL, true)));
    }

    [Fact]
    public async Task Snapshot_SourceReadsInSmallPieces_ArrivesWhole()
    {
        await using var one = PeerNode.Start(1, options: Small);
        await using var two = PeerNode.Start(2);
        Fill(one);
        one.Snapshots.Wrap = stream => new PiecemealStream(stream);
        one.SetPeers(two);

        one.Send(two, PeerNode.Snap());

        await one.HoldsAsync("the sender knows", n => n.Handler.Snapshots.Contains((2UL, true)));
        Assert.Equal(one.Snapshots.Bytes, two.Snapshots.Received);
    }

    [Fact]
    public async Task Snapshot_NoProgress_IsGivenUpAndProgressRenewsThePatience()
    {
        var time = new ManualTimeProvider();
        var (reached, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var one = PeerNode.Start(1, time: time, options: Small);
        await using var two = PeerNode.Start(2);
        Fill(one);
        two.Snapshots.BeforeWrite = async (offset, cancellation) =>
        {
            if (offset == 4 * Chunk)
            {
                reached.TrySetResult();
                await release.Task.WaitAsync(cancellation);
            }
            else if (offset == 12 * Chunk)
            {
                await Task.Delay(Timeout.Infinite, cancellation);
            }
        };
        one.SetPeers(two);
        one.Send(two, PeerNode.Snap());
        await reached.Task.WaitAsync(TimeSpan.FromSeconds(30));
        time.Advance(TimeSpan.FromSeconds(29));
        release.SetResult();
        await two.HoldsAsync("it has got further", n => n.Snapshots.Received.Count == 12 * Chunk);
        time.Advance(TimeSpan.FromSeconds(20));
        Assert.Empty(one.Handler.Snapshots);

        time.Advance(TimeSpan.FromSeconds(20));

        await one.HoldsAsync("it is given up", n => n.Handler.Snapshots.Contains((2UL, false)));
        Assert.True(one.Log.Count(LogLevel.Warning, "no progress") > 0);
    }

    [Fact]
    public async Task Snapshot_NewerOneFromAnotherServer_EndsTheOldTransfer()
    {
        await using var old = PeerNode.Start(1, options: Small);
        await using var leader = PeerNode.Start(3, options: Small);
        await using var two = PeerNode.Start(2);
        Fill(old);
        leader.Snapshots.Bytes = old.Snapshots.Bytes;
        var reached = new TaskCompletionSource();
        two.Snapshots.BeforeWrite = async (offset, cancellation) =>
        {
            if (offset == 5 * Chunk && two.Snapshots.Begun.Count == 1)
            {
                reached.SetResult();
                await Task.Delay(Timeout.Infinite, cancellation);
            }
        };
        old.SetPeers(two);
        leader.SetPeers(two);
        old.Send(two, PeerNode.Snap());
        await reached.Task.WaitAsync(TimeSpan.FromSeconds(30));

        leader.Send(two, PeerNode.Snap() with { Term = 2 });

        await leader.HoldsAsync("the new leader's gets through", n => n.Handler.Snapshots.Contains((2UL, true)));
        Assert.Equal(old.Snapshots.Bytes, two.Snapshots.Received);
        Assert.False(two.Snapshots.Overlapped);
    }

    [Fact]
    public async Task Snapshot_OfADeposedLeader_DoesNotEndTheOneOfItsSuccessor()
    {
        await using var old = PeerNode.Start(1, options: Small);
        await using var leader = PeerNode.Start(3, options: Small);
        await using var two = PeerNode.Start(2);
        Fill(old);
        leader.Snapshots.Bytes = old.Snapshots.Bytes;
        var (reached, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        two.Snapshots.BeforeWrite = async (offset, cancellation) =>
        {
            if (offset == 5 * Chunk)
            {
                reached.TrySetResult();
                await release.Task.WaitAsync(cancellation);
            }
        };
        old.SetPeers(two);
        leader.SetPeers(two);
        leader.Send(two, PeerNode.Snap() with { Term = 2 });
        await reached.Task.WaitAsync(TimeSpan.FromSeconds(30));

        old.Send(two, PeerNode.Snap());

        await old.HoldsAsync("the deposed one is refused", n => n.Handler.Snapshots.Contains((2UL, false)));
        release.SetResult();
        await leader.HoldsAsync("the other one is through", n => n.Handler.Snapshots.Contains((2UL, true)));
        Assert.Single(two.Snapshots.Begun);
    }

    [Fact]
    public async Task Snapshot_AnotherForTheSamePeer_TakesThePlaceOfTheFirst()
    {
        await using var one = PeerNode.Start(1, options: Small);
        await using var two = PeerNode.Start(2);
        Fill(one);
        var reached = new TaskCompletionSource();
        two.Snapshots.BeforeWrite = async (offset, cancellation) =>
        {
            if (offset == 5 * Chunk && two.Snapshots.Begun.Count == 1)
            {
                reached.SetResult();
                await Task.Delay(Timeout.Infinite, cancellation);
            }
        };
        one.SetPeers(two);
        one.Send(two, PeerNode.Snap());
        await reached.Task.WaitAsync(TimeSpan.FromSeconds(30));

        one.Send(two, PeerNode.Snap(11));

        await one.HoldsAsync("the second one is through", n => n.Handler.Snapshots.Contains((2UL, true)));
        Assert.Single(one.Handler.Snapshots);
        Assert.Equal(11UL, Assert.Single(two.Handler.Messages).Snapshot!.Index);
    }

    [Fact]
    public async Task Snapshot_WhileItIsUnderWay_HeartbeatsPass()
    {
        await using var one = PeerNode.Start(1, options: Small);
        await using var two = PeerNode.Start(2);
        Fill(one);
        var release = new TaskCompletionSource();
        two.Snapshots.BeforeWrite = (_, cancellation) => release.Task.WaitAsync(cancellation);
        one.SetPeers(two);
        one.Send(two, PeerNode.Snap());

        one.Send(two, PeerNode.Heartbeat());

        await two.HoldsAsync("the heartbeat is there", n => n.Handler.Messages.Count == 1);
        release.SetResult();
        await one.HoldsAsync("and then the snapshot", n => n.Handler.Snapshots.Contains((2UL, true)));
    }

    [Fact]
    public async Task Pace_AheadOfTheRate_WaitsUntilTheBytesAreDue()
    {
        var time = new ManualTimeProvider();
        var pace = new Pace(1000, time);

        var wait = pace.WaitAsync(500, CancellationToken.None);
        Assert.False(wait.IsCompleted);
        time.Advance(TimeSpan.FromMilliseconds(499));
        Assert.False(wait.IsCompleted);
        time.Advance(TimeSpan.FromMilliseconds(2));
        await wait.WaitAsync(TimeSpan.FromSeconds(30));

        time.Advance(TimeSpan.FromSeconds(10));
        Assert.True(pace.WaitAsync(5000, CancellationToken.None).IsCompleted);
        Assert.True(new Pace(0, time).WaitAsync(int.MaxValue, CancellationToken.None).IsCompleted);
    }

    private static PeerTransportOptions Small(PeerTransportOptions options) => options with { SnapshotChunkBytes = Chunk };

    private static void Fill(PeerNode node)
    {
        node.Snapshots.Bytes = new byte[Size];
        new Random(5).NextBytes(node.Snapshots.Bytes);
    }

    private sealed class PiecemealStream(Stream inner) : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            inner.ReadAsync(buffer[..Math.Min(buffer.Length, 777)], cancellationToken);
    }
}
