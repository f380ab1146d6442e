using System.Net;
using Konsul.Mesh.TestKit;

namespace Konsul.Mesh.Dns.Tests.Recursion;

public sealed class RecursorTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public async Task Ask_NameOutside_IsRelayedAndKept()
    {
        await using var upstream = new FakeUpstream((q, _) => FakeUpstream.Reply(q, ["192.0.2.1", "192.0.2.2"], ttl: 60));
        var dns = With(upstream.EndPoint);

        var first = await dns.ResolveAsync("www.Example.com", Message.A, udpSize: 1232);
        _time.Advance(TimeSpan.FromSeconds(20));
        var second = await dns.ResolveAsync("WWW.example.com", Message.A);
        _time.Advance(TimeSpan.FromSeconds(40));
        await dns.ResolveAsync("www.example.com", Message.A);

        Assert.Equal(["192.0.2.1", "192.0.2.2"], first.Sorted);
        Assert.Equal((60u, 40u), (first.Answers[0].Ttl, second.Answers[0].Ttl));
        Assert.Equal(("www.Example.com.", "WWW.example.com."), (first.Question, second.Question));
        Assert.Equal((false, true, true), (first.Authoritative, first.RecursionAvailable, first.Edns is not null));
        Assert.Null(second.Edns);
        Assert.Equal(2, upstream.Asked);
    }

    [Fact]
    public async Task Ask_NoSuchName_IsKeptForItsSoasTime()
    {
        await using var upstream = new FakeUpstream((q, _) => FakeUpstream.Reply(q, [], ttl: 30, code: 3, soa: true));
        var dns = With(upstream.EndPoint);

        for (var i = 0; i < 3; i++)
            Assert.Equal(3, (await dns.ResolveAsync("no.example.com", Message.A)).Code);
        Assert.Equal(1, upstream.Asked);
        _time.Advance(TimeSpan.FromSeconds(30));
        await dns.ResolveAsync("no.example.com", Message.A);

        Assert.Equal(2, upstream.Asked);
    }

    [Fact]
    public async Task Ask_NegativeWithoutSoa_IsNotKept()
    {
        await using var upstream = new FakeUpstream((q, _) => FakeUpstream.Reply(q, [], code: 3));
        var dns = With(upstream.EndPoint);

        await dns.ResolveAsync("no.example.com", Message.A);
        await dns.ResolveAsync("no.example.com", Message.A);

        Assert.Equal(2, upstream.Asked);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(1)]
    public async Task Ask_FirstRecursorRefuses_TheNextIsAsked(int code)
    {
        await using var bad = new FakeUpstream((q, _) => FakeUpstream.Reply(q, [], code: code));
        await using var good = new FakeUpstream((q, _) => FakeUpstream.Reply(q, ["192.0.2.1"]));
        var dns = With(bad.EndPoint, good.EndPoint);

        Assert.Equal(["192.0.2.1"], (await dns.ResolveAsync("www.example.com", Message.A)).Sorted);
        Assert.Equal((1, 1), (bad.Asked, good.Asked));
    }

    [Fact]
    public async Task Ask_FirstRecursorIsSilent_TheNextIsAskedAndThenFirst()
    {
        await using var silent = new FakeUpstream((_, _) => null);
        await using var good = new FakeUpstream((q, _) => FakeUpstream.Reply(q, ["192.0.2.1"], ttl: 0));
        var dns = With(silent.EndPoint, good.EndPoint);

        var asking = dns.ResolveAsync("www.example.com", Message.A);
        await Eventually.HoldsAsync("the silent one was asked", () => Task.FromResult(silent.Asked == 1));
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(["192.0.2.1"], (await asking).Sorted);
        Assert.Equal(["192.0.2.1"], (await dns.ResolveAsync("www.example.com", Message.A)).Sorted);

        Assert.Equal((1, 2), (silent.Asked, good.Asked));
    }

    [Fact]
    public async Task Ask_AllFail_IsServfailAndNotKept()
    {
        await using var upstream = new FakeUpstream((q, _) => FakeUpstream.Reply(q, [], code: 2));
        var dns = With(upstream.EndPoint);

        Assert.Equal(2, (await dns.ResolveAsync("www.example.com", Message.A)).Code);
        Assert.Equal(2, (await dns.ResolveAsync("www.example.com", Message.A)).Code);

        Assert.Equal(2, upstream.Asked);
    }

    [Fact]
    public async Task Ask_TruncatedAnswer_IsAskedForOverTcp()
    {
        string[] many = [.. Enumerable.Range(1, 60).Select(i => $"192.0.2.{i}")];
        await using var upstream = new FakeUpstream((q, udp) => udp ? FakeUpstream.Reply(q, [], truncated: true) : FakeUpstream.Reply(q, many));
        var dns = With(upstream.EndPoint);

        Assert.Equal(60, (await dns.ResolveAsync("www.example.com", Message.A, udpSize: 4096)).Answers.Count);
        var small = await dns.ResolveAsync("www.example.com", Message.A);

        Assert.Equal((true, 0), (small.Truncated, small.Answers.Count));
        Assert.Equal(2, upstream.Asked);
    }

    [Fact]
    public async Task Ask_SameQuestionTwiceAtOnce_IsAskedOnce()
    {
        using var release = new ManualResetEventSlim();
        await using var upstream = new FakeUpstream((q, _) =>
        {
            release.Wait();
            return FakeUpstream.Reply(q, ["192.0.2.1"], ttl: 0);
        });
        var dns = With(upstream.EndPoint);

        var asking = Enumerable.Range(0, 10).Select(_ => dns.ResolveAsync("www.example.com", Message.A)).ToList();
        release.Set();
        var replies = await Task.WhenAll(asking);

        Assert.All(replies, r => Assert.Equal(["192.0.2.1"], r.Sorted));
        Assert.Equal(1, upstream.Asked);
    }

    [Fact]
    public async Task Ask_RecursorAsksBack_TheCircleEndsAtOnce()
    {
        using var release = new ManualResetEventSlim();
        await using var upstream = new FakeUpstream((q, _) =>
        {
            release.Wait();
            return FakeUpstream.Reply(q, ["192.0.2.1"], ttl: 0);
        });
        var elsewhere = new IPEndPoint(IPAddress.Parse("192.0.2.53"), 53);
        var dns = With(upstream.EndPoint, elsewhere);

        var asking = dns.ResolveAsync("www.example.com", Message.A);
        var back = await dns.ResolveAsync("www.example.com", Message.A, source: elsewhere.Address);
        release.Set();

        Assert.Equal(2, back.Code);
        Assert.Equal(["192.0.2.1"], (await asking).Sorted);
    }

    [Fact]
    public async Task Ask_ForgedReplies_AreIgnored()
    {
        await using var upstream = new FakeUpstream((q, _) =>
        {
            var forged = FakeUpstream.Reply(q, ["203.0.113.66"]);
            forged[1] ^= 1;
            return forged;
        });
        var dns = With(upstream.EndPoint);

        var asking = dns.ResolveAsync("www.example.com", Message.A);
        await Eventually.HoldsAsync("it was asked", () => Task.FromResult(upstream.Asked == 1));
        _time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal((2, 0), ((await asking).Code, (await asking).Answers.Count));
    }

    [Fact]
    public async Task Ask_NobodyThere_IsServfail()
    {
        using var closed = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.InterNetwork, System.Net.Sockets.SocketType.Dgram, System.Net.Sockets.ProtocolType.Udp);
        closed.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var endPoint = (IPEndPoint)closed.LocalEndPoint!;
        closed.Dispose();

        Assert.Equal(2, (await With(endPoint).ResolveAsync("www.example.com", Message.A)).Code);
    }

    [Fact]
    public async Task Ask_WithoutRecursionDesired_IsRefused()
    {
        await using var upstream = new FakeUpstream((q, _) => FakeUpstream.Reply(q, ["192.0.2.1"]));

        Assert.Equal(5, (await With(upstream.EndPoint).ResolveAsync("www.example.com", Message.A, recursion: false)).Code);
        Assert.Equal(0, upstream.Asked);
    }

    [Fact]
    public async Task Cname_ToTheOutside_IsFollowed()
    {
        await using var upstream = new FakeUpstream((q, _) => FakeUpstream.Reply(q, ["edge.example.net", "192.0.2.7"], ttl: 30));
        var dns = With(upstream.EndPoint);
        dns.Node("ext", "WWW.example.com");
        dns.Service("outside", "ext", 443);

        var reply = await dns.ResolveAsync("outside.service.konsul", Message.A);

        Assert.Equal(
            ["outside.service.konsul. WWW.example.com.", "www.example.com. edge.example.net.", "www.example.com. 192.0.2.7"],
            reply.Answers.Select(a => $"{a.Name} {a.Data}"));
        Assert.True(reply.Authoritative);
    }

    [Fact]
    public async Task Cname_RecursorsFail_TheNameIsToldAlone()
    {
        await using var upstream = new FakeUpstream((q, _) => FakeUpstream.Reply(q, [], code: 2));
        var dns = With(upstream.EndPoint);
        dns.Node("ext", "www.example.com");

        var reply = await dns.ResolveAsync("ext.node.konsul", Message.A);

        Assert.Equal((0, "www.example.com."), (reply.Code, Assert.Single(reply.Answers).Data));
    }

    [Fact]
    public async Task Ptr_NobodyHere_IsAskedElsewhere()
    {
        await using var upstream = new FakeUpstream((q, _) => FakeUpstream.Reply(q, [], code: 3));
        var dns = With(upstream.EndPoint);
        dns.Node("n1", "10.0.0.1");

        Assert.Equal(["n1.node.dc1.konsul."], (await dns.ResolveAsync("1.0.0.10.in-addr.arpa", Message.Ptr)).Sorted);
        Assert.Equal(0, upstream.Asked);
        Assert.Equal(3, (await dns.ResolveAsync("2.0.0.10.in-addr.arpa", Message.Ptr)).Code);
        Assert.Equal(1, upstream.Asked);
    }

    private DnsFixture With(params IPEndPoint[] recursors) => new(o => o with { Recursors = [.. recursors] }, time: _time);
}
