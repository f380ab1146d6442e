using Grpc.Core;
using Konsul.Mesh.Model;
using Konsul.Mesh.Model.Snapshots;
using Konsul.Mesh.TestKit;
using Konsul.Mesh.Wire.Caching;
using Konsul.Mesh.Wire.Streaming;
using Konsul.Mesh.Wire.V1;

namespace Konsul.Mesh.Wire.Tests.Streaming;

public sealed class DiscoveryClientTests : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly ManualTimeProvider _time = new();
    private readonly ScriptedServer _server = new();
    private readonly List<ProxySnapshot> _applied = [];
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("konsul-wire");
    private readonly List<string> _dialled = [];
    private Func<ProxySnapshot, string?> _refuse = _ => null;
    private Task _running = Task.CompletedTask;

    /// <summary>Off unless a test is about it: the writer has a timer of its own, which would blur what <see cref="ManualTimeProvider.ArmedTimers"/> says.</summary>
    private bool _withCache;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.WaitAsync(TimeSpan.FromSeconds(20));
        _stop.Dispose();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public async Task Run_Responses_AreAnsweredAfterTheyWereApplied()
    {
        var client = Start();
        var stream = await _server.AcceptAsync();
        await stream.ReadSubscriptionsAsync();

        foreach (var response in Samples.Everything())
        {
            stream.Send(response);
            var answer = await stream.ReadAsync();
            Assert.Equal((response.Type, response.Nonce, null), (answer.Type, answer.Nonce, answer.Error));
        }

        Assert.Equal(1ul, Assert.Single(_applied).Version);
        Assert.True(client.State.Connected);
        Assert.Equal(_time.GetUtcNow(), client.State.LastPush);
        Assert.Equal(1ul, client.State.Version);
    }

    [Fact]
    public async Task Run_ConsumerRefuses_SendsANackWithItsWords()
    {
        _refuse = _ => "the port is taken";
        var client = Start();
        var stream = await _server.AcceptAsync();
        await stream.ReadSubscriptionsAsync();

        Samples.Everything().ToList().ForEach(stream.Send);
        var answers = new List<DeltaRequest>();
        while (answers.Count < 6)
        {
            answers.Add(await stream.ReadAsync());
        }

        Assert.Equal("the port is taken", answers[^1].Error.Message);
        Assert.All(answers.SkipLast(1), a => Assert.Null(a.Error));
        Assert.Equal((1, 0ul), (client.State.Rejected, client.State.Version));
    }

    [Fact]
    public async Task Run_ConsumerRefused_AsksAgainByANewStreamAfterAWhile()
    {
        var client = Start();
        var first = await _server.AcceptAsync();
        await FeedAsync(first, Samples.Everything());
        _refuse = _ => "not now";
        first.Send(Samples.Response(ResourceType.Intentions, Samples.Intentions(false)));
        Assert.NotNull((await first.ReadAsync()).Error);
        _refuse = _ => null;

        // The retry's timer beside the one that waits for the next response.
        await UntilAsync(() => _time.ArmedTimers > 1, client);
        _time.Advance(TimeSpan.FromSeconds(5));

        await UntilAsync(() => client.State.Disconnects == 1 && _time.ArmedTimers > 0, client);
        Assert.Contains("asked for again", client.State.LastError, StringComparison.Ordinal);
        _time.Advance(BackoffPolicy.Longest);
        var second = await _server.AcceptAsync();
        await FeedAsync(second, [Samples.Response(ResourceType.Intentions, Samples.Intentions(false))]);
        Assert.False(client.Snapshot.Intentions.Decide("x").Allowed);
    }

    [Fact]
    public async Task Run_ConsumerThrows_KeepsTheSnapshotAndConnectsAgain()
    {
        var client = Start();
        var first = await _server.AcceptAsync();
        await FeedAsync(first, Samples.Everything());
        _refuse = _ => throw new InvalidOperationException("bug");

        first.Send(Samples.Response(ResourceType.Intentions, Samples.Intentions(false)));
        await UntilAsync(() => client.State.Disconnects == 1, client);
        _refuse = _ => null;
        _time.Advance(BackoffPolicy.Longest);
        var second = await _server.AcceptAsync();

        Assert.Single((await second.ReadSubscriptionsAsync()).Single(r => r.Type == ResourceType.Intentions).InitialVersions);
        Assert.True(client.Snapshot.Intentions.Decide("x").Allowed);
    }

    [Fact]
    public async Task Run_StreamLost_ResumesWithTheVersionsHeld()
    {
        var client = Start();
        var first = await _server.AcceptAsync();
        await FeedAsync(first, Samples.Everything());
        first.End();
        await UntilAsync(() => client.State.Disconnects == 1, client);
        await UntilAsync(() => _time.ArmedTimers > 0, client);
        _time.Advance(BackoffPolicy.Longest);

        var subscriptions = await (await _server.AcceptAsync()).ReadSubscriptionsAsync();

        Assert.Equal(7, subscriptions.Sum(r => r.InitialVersions.Count));
        Assert.Single(_applied);
    }

    [Fact]
    public async Task Run_Silence_IsProbedAndThenTheStreamIsGivenUp()
    {
        var client = Start();
        var stream = await _server.AcceptAsync();
        await FeedAsync(stream, Samples.Everything());
        await UntilAsync(() => _time.ArmedTimers > 0, client);

        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(new DeltaRequest(), await stream.ReadAsync());
        var sign = Samples.Response(ResourceType.Intentions, Samples.Intentions(true));
        stream.Send(new DeltaResponse());
        stream.Send(sign);
        Assert.Equal(sign.Nonce, (await stream.ReadAsync()).Nonce);
        await UntilAsync(() => _time.ArmedTimers > 0, client);
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(new DeltaRequest(), await stream.ReadAsync());
        await UntilAsync(() => _time.ArmedTimers > 0, client);
        _time.Advance(TimeSpan.FromSeconds(10));

        await UntilAsync(() => client.State.Disconnects == 1, client);
        Assert.Contains("No sign of life", client.State.LastError, StringComparison.Ordinal);
        Assert.Equal(1ul, client.State.Version);
    }

    [Fact]
    public async Task Run_EveryServerDown_TriesAllOfThemWithGrowingPauses()
    {
        _server.Failure = new Status(StatusCode.Unavailable, "down");
        var client = Start("a:1", "b:1");
        for (var i = 1; i <= 8; i++)
        {
            await UntilAsync(() => client.State.Disconnects >= i && _time.ArmedTimers > 0, client);
            _time.Advance(BackoffPolicy.Longest);
        }

        await UntilAsync(() => _dialled.Count >= 9, client);
        Assert.Equal(["a:1", "b:1"], _dialled.Distinct().Order());
        Assert.NotEqual(_dialled[0], _dialled[1]);
        Assert.Contains("Unavailable: down", client.State.LastError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RetryNow_WhilePausing_TriesAtOnce()
    {
        _server.Failure = new Status(StatusCode.Unavailable, "down");
        var client = Start();
        await UntilAsync(() => client.State.Disconnects == 1 && _time.ArmedTimers > 0, client);
        _server.Failure = null;

        client.RetryNow();

        await (await _server.AcceptAsync()).ReadSubscriptionsAsync();
    }

    [Fact]
    public async Task Restore_AfterARun_AppliesWhatWasInForceAndResumesFromIt()
    {
        _withCache = true;
        Start();
        await FeedAsync(await _server.AcceptAsync(), Samples.Everything());
        await _stop.CancelAsync();
        await _running.WaitAsync(TimeSpan.FromSeconds(20));

        var again = Create("a:1");
        Assert.True(await again.RestoreAsync());

        Assert.True(again.State.FromCache);
        Assert.Equal(2, _applied.Count);
        Assert.Equal(_applied[0].Clusters["api.default.dc1"], _applied[1].Clusters["api.default.dc1"]);
    }

    [Fact]
    public async Task Restore_OnlyPartOfAConfigurationCame_KeepsNoCache()
    {
        _withCache = true;
        Start();
        await FeedAsync(await _server.AcceptAsync(), Samples.Everything().Take(3));
        await _stop.CancelAsync();
        await _running.WaitAsync(TimeSpan.FromSeconds(20));

        Assert.False(await Create("a:1").RestoreAsync());
        Assert.Empty(_directory.GetFiles());
    }

    [Fact]
    public void Delay_Failures_GrowsFromTheShortestToTheLongestWithinHalfAStep()
    {
        for (var failures = 1; failures < 40; failures++)
        {
            var full = Math.Min(100 * Math.Pow(2, failures - 1), 10_000);

            var delay = BackoffPolicy.Delay(failures, SystemRandom.Instance).TotalMilliseconds;

            Assert.InRange(delay, full / 2, full);
        }
    }

    private DiscoveryClient Start(params string[] servers)
    {
        var client = Create(servers is [] ? ["a:1"] : servers);
        _running = client.RunAsync(_stop.Token);
        return client;
    }

    private DiscoveryClient Create(params string[] servers) => new(new DiscoveryClientOptions
    {
        Node = Samples.Node,
        Servers = servers,
        Dial = server =>
        {
            _dialled.Add(server);
            return _server;
        },
        Apply = snapshot =>
        {
            var refusal = _refuse(snapshot);
            if (refusal is null)
            {
                _applied.Add(snapshot);
            }

            return ValueTask.FromResult(refusal);
        },
        Cache = _withCache ? new SnapshotCache(_directory.FullName, Samples.Node) : null,
        RefusalRetry = TimeSpan.FromSeconds(5),
        Time = _time,
    });

    private static async Task FeedAsync(ScriptedServer.Stream stream, IEnumerable<DeltaResponse> responses)
    {
        await stream.ReadSubscriptionsAsync();
        foreach (var response in responses)
        {
            stream.Send(response);
            await stream.ReadAsync();
        }
    }

    private static async Task UntilAsync(Func<bool> condition, DiscoveryClient client)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            if (TimeProvider.System.GetElapsedTime(started) > TimeSpan.FromSeconds(20))
            {
                Assert.Fail($"Not within 20 s: {client.State}");
            }

            await Task.Delay(2);
        }
    }
}
