using System.Collections.Concurrent;
using System.Net;
using Konsul.Mesh.Raft.Host.Peers;
using Konsul.Mesh.Raft.Host.Peers.Codec;
using Konsul.Mesh.Raft.Host.Peers.Handshake;
using Konsul.Mesh.TestKit;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Raft.Host.Tests.Peers;

public sealed class HandshakeTests
{
    [Fact]
    public async Task Hello_SameToken_TellsWhoIsThere()
    {
        await using var one = PeerNode.Start(1);
        await using var two = PeerNode.Start(2);

        var peer = await one.Transport.HelloAsync(two.Address);

        Assert.Equal(new PeerFacts(2, PeerNode.Cluster, "raft-2:7000", "http-2:8500", "grpc-2:8503"), peer.Facts);
        Assert.Equal(PeerProof.Token, peer.Proof);
    }

    [Fact]
    public async Task Hello_BothHaveCertificates_NeedsNoToken()
    {
        using var certs = new CertFactory();
        await using var one = PeerNode.Start(1, identity: TestIdentity.Of(certs, 1), options: o => o with { Token = null });
        await using var two = PeerNode.Start(2, identity: TestIdentity.Of(certs, 2));

        Assert.Equal(PeerProof.Certificate, (await one.Transport.HelloAsync(two.Address)).Proof);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Hello_OnlyOneHasACertificate_BothProveTheToken(bool dialerHasIt)
    {
        using var certs = new CertFactory();
        await using var one = PeerNode.Start(1, identity: dialerHasIt ? TestIdentity.Of(certs, 1) : null);
        await using var two = PeerNode.Start(2, identity: dialerHasIt ? null : TestIdentity.Of(certs, 2));

        Assert.Equal(PeerProof.Token, (await one.Transport.HelloAsync(two.Address)).Proof);
    }

    [Fact]
    public async Task Hello_NotInAClusterYet_IsWelcome()
    {
        await using var one = PeerNode.Start(1, cluster: Guid.Empty);
        await using var two = PeerNode.Start(2);

        Assert.Equal(PeerNode.Cluster, (await one.Transport.HelloAsync(two.Address)).Facts.ClusterId);
    }

    [Fact]
    public async Task Hello_OtherToken_IsRefused()
    {
        await using var one = PeerNode.Start(1, options: o => o with { Token = JoinToken.Create("a-token-nobody-else-has") });
        await using var two = PeerNode.Start(2);

        Assert.Equal(PeerRefusal.TokenMismatch, await RefusalAsync(one, two));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Hello_OnlyOneHasAToken_IsRefusedEvenOnLoopback(bool dialerHasIt)
    {
        await using var one = PeerNode.Start(1, options: o => dialerHasIt ? o : o with { Token = null });
        await using var two = PeerNode.Start(2, options: o => dialerHasIt ? o with { Token = null } : o);

        Assert.Equal(PeerRefusal.TokenMismatch, await RefusalAsync(one, two));
    }

    [Fact]
    public async Task Hello_NoTokenOnLoopback_IsAcceptedWithOneWarning()
    {
        await using var one = PeerNode.Start(1, options: o => o with { Token = null });
        await using var two = PeerNode.Start(2, options: o => o with { Token = null });

        Assert.Equal(PeerProof.Loopback, (await one.Transport.HelloAsync(two.Address)).Proof);
        await one.Transport.HelloAsync(two.Address);

        Assert.Equal(1, one.Log.Count(LogLevel.Warning, "without any proof"));
        Assert.Equal(1, two.Log.Count(LogLevel.Warning, "without any proof"));
    }

    [Fact]
    public async Task Hello_NoTokenOverANetwork_IsRefused()
    {
        var network = new MemoryNetwork();
        var (left, right) = (IPAddress.Parse("10.0.0.1"), IPAddress.Parse("10.0.0.2"));
        await using var one = PeerNode.Start(1, network.At(left), options: o => o with { Token = null, Listen = new IPEndPoint(left, 7000) });
        await using var two = PeerNode.Start(2, network.At(right), options: o => o with { Token = null, Listen = new IPEndPoint(right, 7000) });

        Assert.Equal(PeerRefusal.TokenRequired, await RefusalAsync(one, two));
    }

    [Fact]
    public async Task Hello_OtherCluster_IsRefused()
    {
        await using var one = PeerNode.Start(1, cluster: Guid.NewGuid());
        await using var two = PeerNode.Start(2);

        Assert.Equal(PeerRefusal.WrongCluster, await RefusalAsync(one, two));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ClusterLearnedAfterwards_ConnectionsWithAnotherClusterAreClosedAndNothingMoreIsHeardOfIt(bool byDialer)
    {
        await using var one = PeerNode.Start(1, cluster: byDialer ? Guid.Empty : null);
        await using var two = PeerNode.Start(2, cluster: byDialer ? null : Guid.Empty);
        one.SetPeers(two);
        one.Send(two, PeerNode.Heartbeat());
        await two.HoldsAsync("the stream is open", n => n.Handler.Messages.Count == 1);

        (byDialer ? one : two).Transport.SetSelf(new PeerFacts(byDialer ? 1UL : 2UL, Guid.NewGuid(), "raft:7000", "http:8500", "grpc:8503"));

        await one.HoldsAsync("the stream is closed", n => n.Handler.Unreachable > 0);
        await one.HoldsAsync("and refused", n =>
        {
            n.Send(two, PeerNode.Heartbeat(7));
            return n.Log.Count(LogLevel.Warning, "the cluster ids differ") > 0;
        });
        Assert.Single(two.Handler.Messages);
    }

    [Fact]
    public async Task Hello_ServerThatMoved_TellsItsAddressesToWhomItDials()
    {
        var addresses = new ConcurrentQueue<string>();
        await using var one = PeerNode.Start(1);
        await using var two = PeerNode.Start(2);
        two.Handler.Judgement = peer =>
        {
            addresses.Enqueue(peer.Facts.RaftAddress);
            return PeerRefusal.None;
        };

        one.SetPeers(two);
        one.Send(two, PeerNode.Heartbeat());
        await two.HoldsAsync("the stream is open", n => n.Handler.Messages.Count == 1);

        Assert.Contains("raft-1:7000", addresses);
    }

    [Fact]
    public async Task Hello_OwnAddress_IsRefusedAsSelf()
    {
        await using var one = PeerNode.Start(1);

        Assert.Equal(PeerRefusal.Self, await RefusalAsync(one, one));
    }

    [Fact]
    public async Task Hello_AnotherProcessWithOurId_IsRefusedAsDuplicate()
    {
        await using var one = PeerNode.Start(1);
        await using var twin = PeerNode.Start(1);

        Assert.Equal(PeerRefusal.DuplicateNodeId, await RefusalAsync(one, twin));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Hello_RemovedNode_IsRefusedByEitherEnd(bool byDialer)
    {
        await using var one = PeerNode.Start(1);
        await using var two = PeerNode.Start(2);
        (byDialer ? one : two).Handler.Judgement = _ => PeerRefusal.NodeRemoved;

        Assert.Equal(PeerRefusal.NodeRemoved, await RefusalAsync(one, two));
    }

    [Fact]
    public async Task Streams_AnotherNodeAnswersAtTheAddress_AreNotOpened()
    {
        await using var one = PeerNode.Start(1);
        await using var two = PeerNode.Start(2);

        one.Transport.SetPeers(new Dictionary<ulong, PeerAddress> { [3] = two.Address });

        await two.HoldsAsync("the other end hears why", n => n.Log.Count(LogLevel.Warning, "another node answers") > 0);
    }

    [Theory]
    [InlineData("foreign", PeerRefusal.CertificateRejected)]
    [InlineData("expired", PeerRefusal.CertificateRejected)]
    [InlineData("future", PeerRefusal.CertificateRejected)]
    [InlineData("workload", PeerRefusal.CertificateRejected)]
    [InlineData("other node", PeerRefusal.NodeIdMismatch)]
    public async Task Hello_DialerWithBadCertificate_IsRefusedEvenWithTheToken(string kind, PeerRefusal expected)
    {
        using var certs = new CertFactory();
        using var impostor = certs.Impostor();
        await using var one = PeerNode.Start(1, identity: Bad(kind, certs, impostor));
        await using var two = PeerNode.Start(2, identity: TestIdentity.Of(certs, 2));

        Assert.Equal(expected, await RefusalAsync(one, two));
    }

    [Theory]
    [InlineData("foreign", PeerRefusal.CertificateRejected)]
    [InlineData("expired", PeerRefusal.CertificateRejected)]
    [InlineData("other node", PeerRefusal.NodeIdMismatch)]
    public async Task Hello_ListenerWithBadCertificate_IsRefusedEvenWithTheToken(string kind, PeerRefusal expected)
    {
        using var certs = new CertFactory();
        using var impostor = certs.Impostor();
        await using var one = PeerNode.Start(2, identity: TestIdentity.Of(certs, 2));
        await using var two = PeerNode.Start(1, identity: Bad(kind, certs, impostor));

        Assert.Equal(expected, await RefusalAsync(one, two));
    }

    [Fact]
    public async Task Hello_ClaimsACertificateAndShowsASelfSignedOne_IsRefused()
    {
        using var certs = new CertFactory();
        await using var two = PeerNode.Start(2, identity: TestIdentity.Of(certs, 2));
        await using var attacker = await RawPeer.DialAsync(two.Address);

        await attacker.SendAsync(FrameKind.Hello, (RawPeer.Hello(1) with { Flags = HelloFlags.HasCertificate }).Encode());

        Assert.Equal(PeerRefusal.CertificateRejected, await RefusedAsync(attacker));
    }

    [Fact]
    public async Task Hello_OfALaterVersionThatStillSpeaksOurs_IsUnderstood()
    {
        await using var two = PeerNode.Start(2, options: o => o with { Token = null });
        await using var later = await RawPeer.DialAsync(two.Address);

        await later.SendAsync(FrameKind.Hello, [.. (RawPeer.Hello(1) with { Flags = 0, Version = 9 }).Encode(), .. "more that only later versions know"u8]);
        Assert.Equal(FrameKind.Hello, (await later.ReadAsync())?.Kind);
        await later.SendAsync(FrameKind.Proof, []);

        Assert.Equal(FrameKind.Welcome, (await later.ReadAsync())?.Kind);
    }

    [Fact]
    public async Task Hello_OfAVersionThatSharesNothing_IsRefusedByName()
    {
        await using var two = PeerNode.Start(2);
        await using var later = await RawPeer.DialAsync(two.Address);

        await later.SendAsync(FrameKind.Hello, (RawPeer.Hello(1) with { Version = 9, OldestVersion = 8 }).Encode());

        Assert.Equal(PeerRefusal.UnknownVersion, await RefusedAsync(later));
    }

    [Fact]
    public async Task Hello_UnknownClass_IsRefusedByName()
    {
        await using var two = PeerNode.Start(2);
        await using var later = await RawPeer.DialAsync(two.Address);

        await later.SendAsync(FrameKind.Hello, RawPeer.Hello(1, (StreamClass)77).Encode());

        Assert.Equal(PeerRefusal.UnknownClass, await RefusedAsync(later));
    }

    [Fact]
    public async Task Hello_MorePeersThanAllowed_IsRefused()
    {
        await using var two = PeerNode.Start(2, options: o => o with { MaxPeers = 1 });
        await using var one = PeerNode.Start(1);
        await using var three = PeerNode.Start(3);
        one.SetPeers(two);
        await one.Transport.CallAsync(2, 1, default, TimeSpan.FromSeconds(30));

        Assert.Equal(PeerRefusal.TooManyPeers, await RefusalAsync(three, two));
    }

    [Fact]
    public async Task Recheck_CertificateNoLongerGood_ClosesOpenConnections()
    {
        using var certs = new CertFactory();
        var judge = TestIdentity.Of(certs, 2);
        await using var one = PeerNode.Start(1, identity: TestIdentity.Of(certs, 1));
        await using var two = PeerNode.Start(2, identity: judge);
        one.SetPeers(two);
        one.Send(two, PeerNode.Heartbeat());
        await two.HoldsAsync("the stream is open", n => n.Handler.Messages.Count == 1);

        judge.RejectAll = true;
        two.Transport.Recheck();

        await one.HoldsAsync("the stream is closed", n => n.Handler.Unreachable > 0);
        await two.HoldsAsync("and it does not come back", n => n.Log.Count(LogLevel.Warning, "No contact") > 0);
        Assert.Empty(two.Handler.Lost);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Recheck_PeersCertificateRunsOut_IsNotTakenForTheEndOfItsProcess(bool byDialer)
    {
        using var certs = new CertFactory();
        var (first, second) = (TestIdentity.Of(certs, 1), TestIdentity.Of(certs, 2));
        await using var one = PeerNode.Start(1, identity: first);
        await using var two = PeerNode.Start(2, identity: second);
        one.SetPeers(two);
        one.Send(two, PeerNode.Heartbeat());
        await two.HoldsAsync("the stream is open", n => n.Handler.Messages.Count == 1);

        (byDialer ? first : second).RejectAll = true;
        (byDialer ? one : two).Transport.Recheck();
        await one.HoldsAsync("it is closed", n => n.Handler.Unreachable > 0);
        (byDialer ? first : second).RejectAll = false;

        await Eventually.HoldsAsync("a new one is opened", () =>
        {
            one.Send(two, PeerNode.Heartbeat(7));
            return Task.FromResult(two.Handler.Messages.Any(m => m.Context == 7));
        });
        Assert.Empty(one.Handler.Lost);
        Assert.Empty(two.Handler.Lost);
    }

    [Fact]
    public void Frames_OfTheHello_RandomBytes_ThrowOnlyTheNamedException()
    {
        var random = new Random(11);
        var hello = RawPeer.Hello(1);
        var good = Welcome.Encode(new byte[32], new PeerFacts(1, Guid.Empty, "raft:1", "http:2", "grpc:3"));
        for (var round = 0; round < 20_000; round++)
        {
            byte[] bytes = round % 2 == 0 ? hello.Encode() : [.. good];
            for (var changes = random.Next(4); changes >= 0; changes--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            var body = new System.Buffers.ReadOnlySequence<byte>(bytes, 0, random.Next(bytes.Length + 1));
            try
            {
                Assert.NotEqual(0UL, Hello.Decode(body).NodeId);
            }
            catch (PeerProtocolException)
            {
                // The one exception there is; any other fails the test.
            }

            try
            {
                Assert.DoesNotContain(Welcome.Decode(body, hello, out _).RaftAddress, c => c is <= ' ' or > '~');
            }
            catch (PeerProtocolException)
            {
                // As above.
            }
        }
    }

    [Fact]
    public async Task Recheck_HostThrows_ClosesTheConnectionAndDoesNotThrow()
    {
        await using var one = PeerNode.Start(1);
        await using var two = PeerNode.Start(2);
        one.SetPeers(two);
        one.Send(two, PeerNode.Heartbeat());
        await two.HoldsAsync("the stream is open", n => n.Handler.Messages.Count == 1);

        two.Handler.Judgement = _ => throw new InvalidOperationException("a mistake");
        two.Transport.Recheck();

        await one.HoldsAsync("the stream is closed", n => n.Handler.Unreachable > 0);
        Assert.True(two.Log.Count(LogLevel.Error, "a mistake") > 0);
    }

    [Fact]
    public async Task Recheck_RemovedNode_ClosesItsConnections()
    {
        await using var one = PeerNode.Start(1);
        await using var two = PeerNode.Start(2);
        one.SetPeers(two);
        one.Send(two, PeerNode.Heartbeat());
        await two.HoldsAsync("the stream is open", n => n.Handler.Messages.Count == 1);

        two.Handler.Judgement = peer => peer.NodeId == 1 ? PeerRefusal.NodeRemoved : PeerRefusal.None;
        two.Transport.Recheck();

        await one.HoldsAsync("the node hears why", n => n.Log.Count(LogLevel.Warning, "was removed") > 0);
    }

    [Fact]
    public async Task Streams_CertificateIssuedLater_IsUsedFromTheNextConnectionOn()
    {
        using var certs = new CertFactory();
        var (first, second) = (new TestIdentity(certs), new TestIdentity(certs));
        await using var one = PeerNode.Start(1, identity: first);
        await using var two = PeerNode.Start(2, identity: second);
        Assert.Equal(PeerProof.Token, (await one.Transport.HelloAsync(two.Address)).Proof);

        first.Set(TestIdentity.Leaf(certs, 1));
        second.Set(TestIdentity.Leaf(certs, 2));

        Assert.Equal(PeerProof.Certificate, (await one.Transport.HelloAsync(two.Address)).Proof);
    }

    [Theory]
    [InlineData("short")]
    [InlineData("")]
    public void JoinToken_TooShort_IsRefusedWithoutQuotingIt(string token)
    {
        var error = Assert.Throws<ArgumentException>(() => JoinToken.Create(token));

        Assert.True(token.Length == 0 || !error.Message.Contains(token, StringComparison.Ordinal));
        Assert.Equal("***", PeerNode.Token.ToString());
    }

    [Theory]
    [InlineData("/server/00000000000000ff", true)]
    [InlineData("/server/00000000000000FF", false)]
    [InlineData("/server/ff", false)]
    [InlineData("/server/0000000000000000", false)]
    [InlineData("/server/00000000000000ff/", false)]
    [InlineData("/server/ 0000000000000ff", false)]
    [InlineData("/agent/server/dc/dc1", false)]
    public void ServerName_OnlyOneSpelling_IsRead(string path, bool good)
    {
        Assert.Equal(good, ServerName.TryReadPath(path, out var node));
        Assert.Equal(good, node == 255 && ServerName.PathOf(node) == path);
    }

    internal static async Task<PeerRefusal> RefusalAsync(PeerNode from, PeerNode to) =>
        (await Assert.ThrowsAsync<PeerRefusedException>(() => from.Transport.HelloAsync(to.Address))).Refusal;

    internal static async Task<PeerRefusal> RefusedAsync(RawPeer attacker)
    {
        var frame = await attacker.ReadAsync();
        Assert.Equal(FrameKind.Refusal, frame?.Kind);
        return (PeerRefusal)Assert.Single(frame!.Value.Body);
    }

    private static TestIdentity Bad(string kind, CertFactory certs, CertFactory impostor) => new(certs, kind switch
    {
        "foreign" => TestIdentity.Leaf(impostor, 1),
        "expired" => certs.Leaf(TestIdentity.Shape(certs, 1) with { NotBefore = DateTimeOffset.UtcNow.AddHours(-2), NotAfter = DateTimeOffset.UtcNow.AddHours(-1) }),
        "future" => certs.Leaf(TestIdentity.Shape(certs, 1) with { NotBefore = DateTimeOffset.UtcNow.AddHours(1), NotAfter = DateTimeOffset.UtcNow.AddHours(2) }),
        "workload" => certs.Leaf(certs.Id("web")),
        _ => TestIdentity.Leaf(certs, 7),
    });
}
