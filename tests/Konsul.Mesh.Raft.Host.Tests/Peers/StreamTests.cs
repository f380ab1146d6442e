using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using Konsul.Mesh.Raft.Host.Peers;
using Konsul.Mesh.Raft.Host.Peers.Streams;
using Konsul.Mesh.TestKit;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Raft.Host.Tests.Peers;

public sealed class StreamTests
{
    private static readonly IPAddress Left = IPAddress.Parse("10.0.0.1");
    private static readonly IPAddress Right = IPAddress.Parse("10.0.0.2");

    [Fact]
    public async Task Send_ManyOfBothKinds_EachKindArrivesInOrder()
    {
        await using var one = PeerNode.Start(1);
        await using var two = PeerNode.Start(2);
        one.SetPeers(two);

        for (var n = 1UL; n <= 500; n++)
        {
            one.Send(two, PeerNode.Ack(n));
            one.Send(two, PeerNode.Append(n, 1000));
        }

        await two.HoldsAsync("all have arrived", n => n.Handler.Messages.Count == 1000);
        Assert.Equal(Enumerable.Range(1, 500).Select(n => (ulong)n), two.Handler.Messages.Where(m => m.Type == MessageType.AppResp).Select(m => m.Index));
        Assert.Equal(Enumerable.Range(1, 500).Select(n => (ulong)n), two.Handler.Messages.Where(m => m.Type == MessageType.App).Select(m => m.Index));
        Assert.Equal(0, one.Handler.Unreachable);
    }

    [Fact]
    public async Task Send_MessagesThatWaited_LeaveInOneWrite()
    {
        var writes = new ConcurrentDictionary<string, long>();
        using var admitted = new ManualResetEventSlim();
        await using var two = PeerNode.Start(2);
        two.Handler.Judgement = _ =>
        {
            admitted.Wait(TimeSpan.FromSeconds(30));
            return PeerRefusal.None;
        };
        await using var one = PeerNode.Start(1);
        using var listener = Listen(one.Metrics, (name, value) => writes.AddOrUpdate(name, value, (_, sum) => sum + value));
        one.SetPeers(two);
        for (var n = 1UL; n <= 1000; n++)
        {
            one.Send(two, PeerNode.Ack(n));
        }

        admitted.Set();

        await two.HoldsAsync("all have arrived", n => n.Handler.Messages.Count == 1000);
        await one.HoldsAsync("and are counted", _ => writes.GetValueOrDefault("konsul.raft.peer.sent") == 1000);
        Assert.Equal(1, writes["konsul.raft.peer.writes"]);
    }

    [Fact]
    public async Task Send_BulkStalledAndItsQueueFull_ControlGoesOnAndTheLossIsReported()
    {
        var release = new TaskCompletionSource();
        await using var one = PeerNode.Start(1, options: o => o with { MaxQueuedBulk = 16 });
        await using var two = PeerNode.Start(2);
        two.Handler.Before = (message, cancellation) => message.Type == MessageType.App ? release.Task.WaitAsync(cancellation) : Task.CompletedTask;
        one.SetPeers(two);
        for (var n = 1UL; n <= 64; n++)
        {
            one.Send(two, PeerNode.Append(n, 1024 * 1024));
        }

        for (var n = 1UL; n <= 200; n++)
        {
            one.Send(two, PeerNode.Ack(n));
        }

        await two.HoldsAsync("small messages pass the stalled entries", n => n.Handler.Messages.Count == 200);
        Assert.DoesNotContain(two.Handler.Messages, m => m.Type == MessageType.App);
        Assert.InRange(one.Handler.Unreachable, 1, 48);

        release.SetResult();
        await two.HoldsAsync("what was queued arrives", n => n.Handler.Messages.Count >= 216);
        var indices = two.Handler.Messages.Where(m => m.Type == MessageType.App).Select(m => m.Index).ToList();
        Assert.Equal(indices.Order(), indices);
    }

    [Fact]
    public async Task Queue_Full_DropsTheOldestHeartbeatForANewOneAndNothingElse()
    {
        var queue = new OutboundQueue(3, long.MaxValue);
        queue.Add(PeerNode.Heartbeat(1));
        queue.Add(new Message { Type = MessageType.VoteResp, Context = 2 });
        queue.Add(PeerNode.Heartbeat(3));

        Assert.Equal((1, true), queue.Add(PeerNode.Heartbeat(4)));
        Assert.Equal((1, false), queue.Add(new Message { Type = MessageType.Vote, Context = 5 }));
        Assert.Equal((1, false), queue.Add(new Message { Type = MessageType.HeartbeatResp, Context = 6 }));

        Assert.Equal([2UL, 3, 4], (await TakeAsync(queue)).Select(m => m.Context));
    }

    [Fact]
    public async Task Queue_BoundedByBytes_StillTakesOneLargeMessage()
    {
        var queue = new OutboundQueue(100, 1000);

        Assert.Equal((0, true), queue.Add(PeerNode.Append(1, 5000)));
        Assert.Equal((1, false), queue.Add(PeerNode.Append(2, 1)));
        Assert.Single(await TakeAsync(queue));
        Assert.Equal((0, true), queue.Add(PeerNode.Append(3, 1)));
    }

    [Fact]
    public void Backoff_ManyFailures_NeverOverflowsNorLeavesItsBounds()
    {
        var backoff = new ReconnectBackoff(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(2), new SystemReconnectJitter());

        var delays = Enumerable.Range(0, 10_000).Select(_ => backoff.Next()).ToList();

        Assert.All(delays, d => Assert.InRange(d, TimeSpan.FromMilliseconds(25), TimeSpan.FromSeconds(2)));
        Assert.All(delays.Skip(6), d => Assert.InRange(d, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2)));
        backoff.Reset();
        Assert.InRange(backoff.Next(), TimeSpan.FromMilliseconds(25), TimeSpan.FromMilliseconds(50));
    }

    [Fact]
    public async Task Lost_PeerProcessEnds_IsReportedByBothItsConnections()
    {
        await using var one = PeerNode.Start(1);
        var two = PeerNode.Start(2);
        one.SetPeers(two);
        two.SetPeers(one);
        one.Send(two, PeerNode.Heartbeat());
        two.Send(one, PeerNode.Heartbeat());
        await one.HoldsAsync("both directions are up", n => n.Handler.Messages.Count == 1 && two.Handler.Messages.Count == 1);

        await two.DisposeAsync();

        await one.HoldsAsync("dialled and accepted connection are reported", n => n.Handler.Lost.Count == 2 && n.Handler.Lost.All(id => id == 2));
    }

    [Fact]
    public async Task Lost_OwnStop_IsNotReported()
    {
        await using var one = PeerNode.Start(1);
        await using var two = PeerNode.Start(2);
        one.SetPeers(two);
        one.Send(two, PeerNode.Heartbeat());
        await two.HoldsAsync("the stream is up", n => n.Handler.Messages.Count == 1);

        one.SetPeers();

        await two.HoldsAsync("the other end sees it", n => n.Handler.Lost.Count == 1);
        Assert.Empty(one.Handler.Lost);
    }

    [Fact]
    public async Task Reset_OfAllConnections_IsReportedAndHealsByItself()
    {
        var network = new MemoryNetwork();
        await using var one = Start(1, network, Left);
        await using var two = Start(2, network, Right);
        one.SetPeers(two);
        one.Send(two, PeerNode.Heartbeat(1));
        await two.HoldsAsync("the stream is up", n => n.Handler.Messages.Count == 1);

        foreach (var link in network.Links)
        {
            link.Cut();
        }

        await one.HoldsAsync("the loss is reported", n => n.Handler.Lost.Count == 1 && n.Handler.Unreachable >= 1);
        await Eventually.HoldsAsync("messages flow again", () =>
        {
            one.Send(two, PeerNode.Heartbeat(2));
            return Task.FromResult(two.Handler.Messages.Any(m => m.Context == 2));
        });
    }

    [Fact]
    public async Task Stall_PeerThatDoesNotRead_IsGivenUpAfterTheSendTimeout()
    {
        var network = new MemoryNetwork();
        var time = new ManualTimeProvider();
        await using var one = Start(1, network, Left, time);
        await using var two = Start(2, network, Right);
        one.SetPeers(two);
        one.Send(two, PeerNode.Heartbeat(1));
        await two.HoldsAsync("the stream is up", n => n.Handler.Messages.Count == 1);
        var before = time.ArmedTimers;
        foreach (var link in network.Links)
        {
            link.Stall();
        }

        one.Send(two, PeerNode.Heartbeat(2));
        await one.HoldsAsync("the write waits", _ => time.ArmedTimers > before);
        Assert.Empty(one.Handler.Lost);
        time.Advance(PeerNode.Patience);

        await one.HoldsAsync("it is given up", n => n.Handler.Lost.Count == 1 && n.Handler.Unreachable == 1);
    }

    [Fact]
    public async Task Unreachable_NobodyListens_IsReportedOncePerAttemptAndNotPerMessage()
    {
        var network = new MemoryNetwork();
        var time = new ManualTimeProvider();
        await using var one = Start(1, network, Left, time);
        one.Transport.SetPeers(new Dictionary<ulong, PeerAddress> { [2] = new(Right.ToString(), 7000) });
        await one.HoldsAsync("both streams wait to dial again", _ => network.Refusals == 2 && time.ArmedTimers == 3);

        for (var n = 0; n < 1000; n++)
        {
            one.Transport.Send(PeerNode.Append((ulong)n, 10) with { From = 1, To = 2 });
        }

        Assert.Equal(1, one.Handler.Unreachable);
        time.Advance(TimeSpan.FromSeconds(1));
        await one.HoldsAsync("it is dialled again", _ => network.Refusals >= 4);
    }

    [Fact]
    public async Task Unreachable_UnknownNode_IsReported()
    {
        await using var one = PeerNode.Start(1);

        one.Transport.Send(PeerNode.Heartbeat() with { From = 1, To = 9 });
        one.Transport.Send(PeerNode.Snap() with { From = 1, To = 9 });

        Assert.Equal(1, one.Handler.Unreachable);
        Assert.Equal((9UL, false), Assert.Single(one.Handler.Snapshots));
    }

    [Fact]
    public async Task Redial_PeerDialsUsFirst_DoesNotWaitForTheBackoff()
    {
        var network = new MemoryNetwork();
        var time = new ManualTimeProvider();
        await using var one = Start(1, network, Left, time);
        one.Transport.SetPeers(new Dictionary<ulong, PeerAddress> { [2] = new(Right.ToString(), 7000) });
        await one.HoldsAsync("both streams wait to dial again", _ => network.Refusals == 2 && time.ArmedTimers == 3);

        await using var two = Start(2, network, Right);
        two.SetPeers(one);

        await Eventually.HoldsAsync("a message gets through though our time stands still", () =>
        {
            one.Send(two, PeerNode.Heartbeat());
            return Task.FromResult(!two.Handler.Messages.IsEmpty);
        });
    }

    [Fact]
    public async Task Redial_PeerDialsUsWhileOurDialIsFailing_DoesNotWaitForTheBackoff()
    {
        var network = new MemoryNetwork();
        var dials = new HeldDials(network.At(Left));
        await using var one = PeerNode.Start(1, dials, time: new ManualTimeProvider());
        await using var two = Start(2, network, Right);
        one.SetPeers(two);
        await one.HoldsAsync("both streams are being dialled", _ => dials.Held == 2);
        two.SetPeers(one);
        await one.HoldsAsync("the other one is heard", n =>
        {
            two.Send(one, PeerNode.Heartbeat());
            return !n.Handler.Messages.IsEmpty;
        });

        dials.Fail();

        await Eventually.HoldsAsync("a message gets through though our time stands still", () =>
        {
            one.Send(two, PeerNode.Heartbeat());
            return Task.FromResult(!two.Handler.Messages.IsEmpty);
        });
    }

    [Fact]
    public async Task SetPeers_AddressChanges_MessagesGoToTheNewOne()
    {
        await using var one = PeerNode.Start(1);
        var old = PeerNode.Start(2);
        one.SetPeers(old);
        one.Send(old, PeerNode.Heartbeat());
        await old.HoldsAsync("the old address is used", n => n.Handler.Messages.Count == 1);
        await old.DisposeAsync();

        await using var moved = PeerNode.Start(2);
        one.SetPeers(moved);

        one.Send(moved, PeerNode.Heartbeat());
        await moved.HoldsAsync("the new address is used", n => n.Handler.Messages.Count == 1);
    }

    [Fact]
    public async Task SetPeers_SameAddressAgain_KeepsTheConnections()
    {
        var network = new MemoryNetwork();
        await using var one = Start(1, network, Left);
        await using var two = Start(2, network, Right);
        one.SetPeers(two);
        one.Send(two, PeerNode.Heartbeat());
        one.Send(two, PeerNode.Append(1, 10));
        await two.HoldsAsync("both streams are up", n => n.Handler.Messages.Count == 2);

        one.SetPeers(one, two);
        one.Send(two, PeerNode.Heartbeat());

        await two.HoldsAsync("the same stream is used", n => n.Handler.Messages.Count == 3);
        Assert.Equal(2, network.Links.Count);
    }

    [Fact]
    public async Task Receive_PeerDialsAgain_ItsOldStreamIsClosedWithoutALossReported()
    {
        await using var two = PeerNode.Start(2);
        await using var one = PeerNode.Start(1);
        one.SetPeers(two);
        one.Send(two, PeerNode.Heartbeat());
        await two.HoldsAsync("the stream is up", n => n.Handler.Messages.Count == 1);

        // The same node from another process: its machine restarted, and we have not noticed that the old connection is dead.
        await using var reborn = PeerNode.Start(1);
        reborn.SetPeers(two);
        reborn.Send(two, PeerNode.Heartbeat());

        await one.HoldsAsync("the old stream is closed", n => !n.Handler.Lost.IsEmpty);
        Assert.Empty(two.Handler.Lost);
    }

    [Fact]
    public async Task Receive_HandlerThrows_EndsThatStreamOnly()
    {
        await using var two = PeerNode.Start(2);
        await using var one = PeerNode.Start(1);
        two.Handler.Before = (message, _) => message.Context == 13 ? throw new InvalidOperationException("bad luck") : Task.CompletedTask;
        one.SetPeers(two);

        one.Send(two, PeerNode.Heartbeat(13));

        await one.HoldsAsync("the stream ends", n => n.Handler.Lost.Count == 1);
        await Eventually.HoldsAsync("and comes back", () =>
        {
            one.Send(two, PeerNode.Heartbeat(1));
            return Task.FromResult(!two.Handler.Messages.IsEmpty);
        });
        await two.HoldsAsync("the reason is logged", n => n.Log.Count(LogLevel.Error, "bad luck") > 0);
    }

    [Fact]
    public async Task Dispose_WithOpenStreamsAndACallAndASilentPeer_Ends()
    {
        var one = PeerNode.Start(1);
        await using var two = PeerNode.Start(2);
        two.Handler.Answer = async (_, cancellation) =>
        {
            await Task.Delay(Timeout.Infinite, cancellation);
            return default;
        };
        one.SetPeers(two);
        two.SetPeers(one);
        using var silent = await RawPeer.ConnectAsync(one.Address);
        one.Send(two, PeerNode.Heartbeat());
        await two.HoldsAsync("the stream is up", n => n.Handler.Messages.Count == 1);
        var call = one.Transport.CallAsync(2, 1, default, TimeSpan.FromMinutes(5));

        await one.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));

        await Assert.ThrowsAsync<Konsul.Mesh.Raft.Host.Peers.Calls.PeerCallException>(() => call);
    }

    internal static PeerNode Start(ulong id, MemoryNetwork network, IPAddress address, TimeProvider? time = null) =>
        PeerNode.Start(id, network.At(address), time: time, options: o => o with { Listen = new IPEndPoint(address, 7000) });

    private static async Task<List<Message>> TakeAsync(OutboundQueue queue) =>
        await queue.TakeAsync(CancellationToken.None).AsTask().WaitAsync(TimeSpan.FromSeconds(30));

    private static MeterListener Listen(PeerMetrics metrics, Action<string, long> note)
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, l) =>
            {
                if (ReferenceEquals(instrument.Meter, metrics.Meter))
                {
                    l.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => note(instrument.Name, value));
        listener.Start();
        return listener;
    }
}
