using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Konsul.Mesh.Raft.Host.Peers;
using Konsul.Mesh.Raft.Host.Peers.Calls;
using Konsul.Mesh.TestKit;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Raft.Host.Tests.Peers;

public sealed class CallTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Call_ManyAtOnce_EachGetsItsOwnAnswer()
    {
        await using var one = PeerNode.Start(1);
        await using var two = PeerNode.Start(2);
        two.Handler.Answer = (call, _) => Task.FromResult<ReadOnlyMemory<byte>>(Encoding.UTF8.GetBytes($"{call.From.NodeId}/{call.Kind}/{Encoding.UTF8.GetString(call.Body.Span)}"));
        one.SetPeers(two);

        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(n => one.Transport.CallAsync(2, (ushort)n, Encoding.UTF8.GetBytes($"body {n}"), Patience)));

        Assert.Equal(Enumerable.Range(0, 200).Select(n => $"1/{n}/body {n}"), answers.Select(a => Encoding.UTF8.GetString(a.Span)));
    }

    [Fact]
    public async Task Call_LargestBody_ComesBackWhole()
    {
        await using var one = PeerNode.Start(1);
        await using var two = PeerNode.Start(2);
        one.SetPeers(two);
        var body = new byte[new PeerTransportOptions { Listen = two.Transport.LocalEndPoint }.MaxCallBytes];
        new Random(1).NextBytes(body);

        Assert.True((await one.Transport.CallAsync(2, 1, body, Patience)).Span.SequenceEqual(body));
        Assert.Equal(PeerCallError.TooLarge, await ErrorAsync(one.Transport.CallAsync(2, 1, new byte[body.Length + 1], Patience)));
    }

    [Fact]
    public async Task Call_AnswerOverTheLimit_IsANamedError()
    {
        await using var one = PeerNode.Start(1);
        await using var two = PeerNode.Start(2, options: o => o with { MaxCallBytes = 1000 });
        two.Handler.Answer = (_, _) => Task.FromResult<ReadOnlyMemory<byte>>(new byte[1001]);
        one.SetPeers(two);

        Assert.Equal(PeerCallError.TooLarge, await ErrorAsync(one.Transport.CallAsync(2, 1, default, Patience)));
    }

    [Fact]
    public async Task Call_HandlerNamesAnError_CallerGetsItWithItsText()
    {
        await using var one = PeerNode.Start(1);
        await using var two = PeerNode.Start(2);
        two.Handler.Answer = (_, _) => throw new PeerCallException(PeerCallError.Unavailable, "node 3 leads\n");
        one.SetPeers(two);

        var error = await Assert.ThrowsAsync<PeerCallException>(() => one.Transport.CallAsync(2, 1, default, Patience));

        Assert.Equal((PeerCallError.Unavailable, "node 3 leads", false), (error.Error, error.Message, error.MayHaveRun));
    }

    [Fact]
    public async Task Call_HandlerThrowsAnythingElse_CallerLearnsNothingOfWhy()
    {
        await using var one = PeerNode.Start(1);
        await using var two = PeerNode.Start(2);
        two.Handler.Answer = (_, _) => throw new InvalidOperationException("secret");
        one.SetPeers(two);

        var error = await Assert.ThrowsAsync<PeerCallException>(() => one.Transport.CallAsync(2, 1, default, Patience));

        Assert.Equal(PeerCallError.Failed, error.Error);
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, two.Log.Count(LogLevel.Error, "secret"));
    }

    [Fact]
    public async Task Call_NoAnswerInTime_TimesOutAndStopsTheHandler()
    {
        var (ours, theirs) = (new ManualTimeProvider(), new ManualTimeProvider());
        await using var one = PeerNode.Start(1, time: ours);
        await using var two = PeerNode.Start(2, time: theirs);
        var (started, stopped) = (new TaskCompletionSource(), new TaskCompletionSource());
        two.Handler.Answer = async (_, cancellation) =>
        {
            await using var stop = cancellation.Register(stopped.SetResult);
            started.SetResult();
            await Task.Delay(Timeout.Infinite, cancellation);
            return default;
        };
        one.SetPeers(two);
        var call = one.Transport.CallAsync(2, 1, default, TimeSpan.FromSeconds(3));
        await started.Task.WaitAsync(Patience);

        ours.Advance(TimeSpan.FromSeconds(3));
        var error = await Assert.ThrowsAsync<PeerCallException>(() => call);
        theirs.Advance(TimeSpan.FromSeconds(3));
        await stopped.Task.WaitAsync(Patience);

        Assert.Equal((PeerCallError.Timeout, true), (error.Error, error.MayHaveRun));
    }

    [Fact]
    public async Task Call_ConnectionEndsBeforeTheAnswer_SaysThatItMayHaveRun()
    {
        var network = new MemoryNetwork();
        var (left, right) = (IPAddress.Parse("10.0.0.1"), IPAddress.Parse("10.0.0.2"));
        await using var one = StreamTests.Start(1, network, left);
        await using var two = StreamTests.Start(2, network, right);
        var started = new TaskCompletionSource();
        two.Handler.Answer = async (_, cancellation) =>
        {
            started.TrySetResult();
            await Task.Delay(Timeout.Infinite, cancellation);
            return default;
        };
        one.SetPeers(two);
        var call = one.Transport.CallAsync(2, 1, default, Patience);
        await started.Task.WaitAsync(Patience);

        foreach (var link in network.Links)
        {
            link.Cut();
        }

        var error = await Assert.ThrowsAsync<PeerCallException>(() => call);
        Assert.Equal((PeerCallError.ConnectionLost, true), (error.Error, error.MayHaveRun));
        two.Handler.Answer = (c, _) => Task.FromResult(c.Body);
        await Eventually.HoldsAsync("the next call makes a new connection", async () => (await one.Transport.CallAsync(2, 1, default, Patience)).IsEmpty);
    }

    [Fact]
    public async Task Call_NobodyListens_IsUnreachableAtOnceAndDoesNotHammer()
    {
        var network = new MemoryNetwork();
        var time = new ManualTimeProvider();
        await using var one = StreamTests.Start(1, network, IPAddress.Parse("10.0.0.1"), time);
        one.Transport.SetPeers(new Dictionary<ulong, PeerAddress> { [2] = new("10.0.0.2", 7000) });
        await one.HoldsAsync("both streams wait to dial again", _ => network.Refusals == 2 && time.ArmedTimers == 3);

        for (var n = 0; n < 50; n++)
        {
            var error = await Assert.ThrowsAsync<PeerCallException>(() => one.Transport.CallAsync(2, 1, default, Patience));
            Assert.Equal((PeerCallError.Unreachable, false), (error.Error, error.MayHaveRun));
        }

        Assert.Equal(3, network.Refusals);
    }

    [Fact]
    public async Task Call_UnknownNode_IsUnreachable()
    {
        await using var one = PeerNode.Start(1);

        Assert.Equal(PeerCallError.Unreachable, await ErrorAsync(one.Transport.CallAsync(9, 1, default, Patience)));
    }

    [Fact]
    public async Task Call_MoreThanMayWait_AreBusyOnEitherSide()
    {
        var release = new TaskCompletionSource<ReadOnlyMemory<byte>>();
        var started = new ConcurrentBag<ushort>();
        await using var one = PeerNode.Start(1, options: o => o with { MaxPendingCalls = 4 });
        await using var two = PeerNode.Start(2, options: o => o with { MaxServedCalls = 2 });
        two.Handler.Answer = (call, cancellation) =>
        {
            started.Add(call.Kind);
            return release.Task.WaitAsync(cancellation);
        };
        one.SetPeers(two);
        var first = Enumerable.Range(0, 2).Select(n => one.Transport.CallAsync(2, (ushort)n, default, Patience)).ToList();
        await one.HoldsAsync("two calls run", _ => started.Count == 2);

        Assert.Equal(PeerCallError.Busy, await ErrorAsync(one.Transport.CallAsync(2, 7, default, Patience)));
        Assert.Equal(PeerCallError.Busy, await ErrorAsync(one.Transport.CallAsync(2, 8, default, Patience)));
        release.SetResult(new byte[] { 1 });

        Assert.All(await Task.WhenAll(first), answer => Assert.Equal(1, answer.Length));
    }

    [Fact]
    public async Task Call_CallersOwnLimit_IsBusyWithoutSending()
    {
        var release = new TaskCompletionSource<ReadOnlyMemory<byte>>();
        var started = 0;
        await using var one = PeerNode.Start(1, options: o => o with { MaxPendingCalls = 1 });
        await using var two = PeerNode.Start(2);
        two.Handler.Answer = (_, cancellation) =>
        {
            Interlocked.Increment(ref started);
            return release.Task.WaitAsync(cancellation);
        };
        one.SetPeers(two);
        var first = one.Transport.CallAsync(2, 1, default, Patience);
        await one.HoldsAsync("one call runs", _ => Volatile.Read(ref started) == 1);

        Assert.Equal(PeerCallError.Busy, await ErrorAsync(one.Transport.CallAsync(2, 2, default, Patience)));
        release.SetResult(default);
        await first;
        Assert.Equal(1, started);
    }

    [Fact]
    public async Task Call_CallerGivesUp_ItsLateAnswerHurtsNobody()
    {
        var release = new TaskCompletionSource<ReadOnlyMemory<byte>>();
        var started = new TaskCompletionSource();
        await using var one = PeerNode.Start(1);
        await using var two = PeerNode.Start(2);
        two.Handler.Answer = (call, cancellation) =>
        {
            started.TrySetResult();
            return call.Kind == 1 ? release.Task.WaitAsync(cancellation) : Task.FromResult(call.Body);
        };
        one.SetPeers(two);
        using var cancellation = new CancellationTokenSource();
        var call = one.Transport.CallAsync(2, 1, default, Patience, cancellation.Token);
        await started.Task.WaitAsync(Patience);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        release.SetResult(new byte[] { 9 });

        Assert.Equal("still here"u8.ToArray(), (await one.Transport.CallAsync(2, 2, "still here"u8.ToArray(), Patience)).ToArray());
    }

    [Fact]
    public async Task Call_WhileBulkIsStalled_IsAnswered()
    {
        var release = new TaskCompletionSource();
        await using var one = PeerNode.Start(1);
        await using var two = PeerNode.Start(2);
        two.Handler.Before = (_, cancellation) => release.Task.WaitAsync(cancellation);
        one.SetPeers(two);
        for (var n = 1UL; n <= 40; n++)
        {
            one.Send(two, PeerNode.Append(n, 1024 * 1024));
        }

        Assert.Equal(3, (await one.Transport.CallAsync(2, 1, new byte[3], Patience)).Length);
        release.SetResult();
    }

    [Fact]
    public void Frames_RandomBytes_ThrowOnlyTheNamedException()
    {
        var random = new Random(3);
        for (var round = 0; round < 5000; round++)
        {
            var bytes = new byte[random.Next(40)];
            random.NextBytes(bytes);
            var body = new ReadOnlySequence<byte>(bytes);
            try
            {
                var request = CallFrames.ReadRequest(body);
                Assert.InRange(request.Left, TimeSpan.FromMilliseconds(1), TimeSpan.FromDays(25));
                var response = CallFrames.ReadResponse(body);
                Assert.DoesNotContain(CallFrames.Error(response.Error, response.Body).Message, char.IsControl);
            }
            catch (PeerProtocolException)
            {
                Assert.True(bytes.Length < CallFrames.RequestHeader);
            }
        }
    }

    private static async Task<PeerCallError> ErrorAsync(Task call) => (await Assert.ThrowsAsync<PeerCallException>(() => call)).Error;
}
