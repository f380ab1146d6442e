using System.Buffers;
using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Konsul.Mesh.Raft.Host.Peers;
using Konsul.Mesh.Raft.Host.Peers.Codec;
using Konsul.Mesh.Raft.Host.Peers.Handshake;
using Konsul.Mesh.Raft.Host.Peers.Network;
using Konsul.Mesh.TestKit;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Raft.Host.Tests.Peers;

public sealed class HostilePeerTests
{
    [Fact]
    public async Task Token_ProofRelayedByAManInTheMiddle_DoesNotFitTheOtherSession()
    {
        await using var victim = PeerNode.Start(1);
        await using var target = PeerNode.Start(2);
        var (listener, address) = RawPeer.Listen();
        using (listener)
        {
            var dialling = victim.Transport.HelloAsync(address);
            await using var left = await RawPeer.AcceptAsync(listener);
            await using var right = await RawPeer.DialAsync(target.Address);

            // Every byte is passed on as it is: nonces, ids and flags all fit. Only the two TLS sessions are not one.
            await right.SendAsync(FrameKind.Hello, (await left.ReadAsync())!.Value.Body);
            await left.SendAsync(FrameKind.Hello, (await right.ReadAsync())!.Value.Body);
            var proof = (await left.ReadAsync())!.Value;
            Assert.Equal((FrameKind.Proof, TokenProof.Size), (proof.Kind, proof.Body.Length));
            await right.SendAsync(FrameKind.Proof, proof.Body);

            Assert.Equal(PeerRefusal.TokenMismatch, await HandshakeTests.RefusedAsync(right));
            await left.DisposeAsync();
            await Assert.ThrowsAnyAsync<IOException>(() => dialling);
        }
    }

    [Fact]
    public async Task Token_RecordedHelloAndProof_DoNotOpenANewSession()
    {
        await using var victim = PeerNode.Start(1);
        await using var target = PeerNode.Start(2);
        var (listener, address) = RawPeer.Listen();
        byte[] hello, proof;
        using (listener)
        {
            var dialling = victim.Transport.HelloAsync(address);
            await using var recorder = await RawPeer.AcceptAsync(listener);
            hello = (await recorder.ReadAsync())!.Value.Body;
            await recorder.SendAsync(FrameKind.Hello, RawPeer.Hello(2, StreamClass.Call).Encode());
            proof = (await recorder.ReadAsync())!.Value.Body;
            await recorder.DisposeAsync();
            await Assert.ThrowsAnyAsync<IOException>(() => dialling);
        }

        await using var replay = await RawPeer.DialAsync(target.Address);
        await replay.SendAsync(FrameKind.Hello, hello);
        await replay.ReadAsync();
        await replay.SendAsync(FrameKind.Proof, proof);

        Assert.Equal(PeerRefusal.TokenMismatch, await HandshakeTests.RefusedAsync(replay));
    }

    [Fact]
    public async Task Token_OwnProofSentBack_IsRefused()
    {
        await using var victim = PeerNode.Start(1);
        var (listener, address) = RawPeer.Listen();
        using (listener)
        {
            var dialling = victim.Transport.HelloAsync(address);
            await using var mirror = await RawPeer.AcceptAsync(listener);
            await mirror.ReadAsync();
            await mirror.SendAsync(FrameKind.Hello, RawPeer.Hello(2, StreamClass.Call).Encode());
            var proof = (await mirror.ReadAsync())!.Value.Body;
            await mirror.SendAsync(FrameKind.Welcome, Welcome.Encode(proof, new PeerFacts(2, PeerNode.Cluster, "", "", "")));

            Assert.Equal(PeerRefusal.TokenMismatch, await HandshakeTests.RefusedAsync(mirror));
            Assert.Equal(PeerRefusal.TokenMismatch, (await Assert.ThrowsAsync<PeerRefusedException>(() => dialling)).Refusal);
        }
    }

    [Fact]
    public async Task Token_OwnHelloSentBack_IsRefusedAsSelf()
    {
        await using var victim = PeerNode.Start(1);
        var (listener, address) = RawPeer.Listen();
        using (listener)
        {
            var dialling = victim.Transport.HelloAsync(address);
            await using var mirror = await RawPeer.AcceptAsync(listener);
            await mirror.SendAsync(FrameKind.Hello, (await mirror.ReadAsync())!.Value.Body);

            Assert.Equal(PeerRefusal.Self, (await Assert.ThrowsAsync<PeerRefusedException>(() => dialling)).Refusal);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(32)]
    public async Task Token_NoProofAtAll_GetsNeitherAProofNorAddresses(int size)
    {
        await using var target = PeerNode.Start(2);
        await using var attacker = await RawPeer.DialAsync(target.Address);

        await attacker.SendAsync(FrameKind.Hello, RawPeer.Hello(1).Encode());
        Assert.Equal(FrameKind.Hello, (await attacker.ReadAsync())?.Kind);
        await attacker.SendAsync(FrameKind.Proof, new byte[size]);

        Assert.Equal(PeerRefusal.TokenMismatch, await HandshakeTests.RefusedAsync(attacker));
        Assert.Null(await attacker.ReadAsync());
    }

    [Fact]
    public async Task Message_BeforeAnyProof_IsNotDelivered()
    {
        await using var target = PeerNode.Start(2);
        await using var attacker = await RawPeer.DialAsync(target.Address);
        await attacker.SendAsync(FrameKind.Hello, RawPeer.Hello(1).Encode());
        await attacker.ReadAsync();

        await attacker.SendAsync(FrameKind.Message, Body(new Message { Type = MessageType.Heartbeat, From = 1, To = 2, Term = 1 }));

        Assert.Null(await attacker.ReadAsync());
        Assert.Empty(target.Handler.Messages);
    }

    [Fact]
    public async Task Tls_SecondSession_IsNotResumed()
    {
        using var certs = new CertFactory();
        using var folder = new TemporaryFolder();
        var leaf = TestIdentity.Leaf(certs, 1);
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "cert.pem"), leaf.ExportCertificatePem());
        using (var key = System.Security.Cryptography.X509Certificates.ECDsaCertificateExtensions.GetECDsaPrivateKey(leaf)!)
        {
            await File.WriteAllTextAsync(Path.Combine(folder.Path, "key.pem"), key.ExportPkcs8PrivateKeyPem());
        }

        await using var target = PeerNode.Start(2, identity: TestIdentity.Of(certs, 2));
        var (control, address) = RawPeer.Listen();
        using (control)
        {
            var serving = ServeResumableAsync(control, SslStreamCertificateContext.Create(TestIdentity.Leaf(certs, 2), null, offline: true));
            var resumable = await ReconnectAsync(address, folder.Path);
            control.Stop();
            await serving;
            var ours = await ReconnectAsync(target.Address, folder.Path);

            // The first line proves that openssl would have resumed.
            Assert.Contains("Reused, TLSv1.3", resumable, StringComparison.Ordinal);
            Assert.Contains("New, TLSv1.3", ours, StringComparison.Ordinal);
            Assert.DoesNotContain("Reused", ours, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("-tls1_2 -alpn konsul-raft/1")]
    [InlineData("-alpn h2")]
    [InlineData("")]
    public async Task Tls_OlderVersionOrOtherProtocol_GetsNoFurther(string options)
    {
        await using var target = PeerNode.Start(2);

        await OpenSslAsync(target.Address, null, options);

        await target.HoldsAsync("the connection is gone", n => n.Transport.Handshakes == 0 && n.Log.Count(LogLevel.Debug, "did not get through") > 0);
    }

    [Fact]
    public async Task Slowloris_AByteAndThenSilence_IsEndedAtTheDeadline()
    {
        var time = new ManualTimeProvider();
        await using var target = PeerNode.Start(2, time: time);
        using var slow = await RawPeer.ConnectAsync(target.Address);
        await slow.SendAsync(new byte[] { 22 });
        await target.HoldsAsync("the handshake has begun", n => n.Transport.Handshakes == 1);

        time.Advance(PeerNode.Patience);

        await EndAsync(slow);
        await target.HoldsAsync("its place is free", n => n.Transport.Handshakes == 0);
    }

    [Fact]
    public async Task Slowloris_AfterTls_IsEndedAtTheDeadline()
    {
        var time = new ManualTimeProvider();
        await using var target = PeerNode.Start(2, time: time);
        await using var slow = await RawPeer.DialAsync(target.Address);
        await slow.SendBytesAsync([1, 2, 3]);
        await target.HoldsAsync("the handshake has begun", n => n.Transport.Handshakes == 1);

        time.Advance(PeerNode.Patience);

        Assert.Null(await slow.ReadAsync());
    }

    [Fact]
    public async Task Slowloris_MoreThanThereArePlaces_DoNotKeepAGoodPeerOut()
    {
        var time = new ManualTimeProvider();
        await using var target = PeerNode.Start(2, time: time, options: o => o with { MaxHandshakes = 8 });
        await using var good = PeerNode.Start(1);
        var silent = new List<Socket>();
        for (var n = 0; n < 40; n++)
        {
            silent.Add(await RawPeer.ConnectAsync(target.Address));
        }

        var peer = await good.Transport.HelloAsync(target.Address);

        Assert.Equal(2UL, peer.NodeId);
        Assert.InRange(target.Transport.Handshakes, 0, 8);
        silent.ForEach(s => s.Dispose());
    }

    [Fact]
    public async Task Garbage_TenThousandConnections_StayBoundedAndLeaveNothingBehind()
    {
        await using var target = PeerNode.Start(2);
        await using var good = PeerNode.Start(1);
        var (most, before) = (0, GC.GetTotalMemory(forceFullCollection: true));

        await Parallel.ForEachAsync(Enumerable.Range(0, 10_000), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (n, cancellation) =>
        {
            var garbage = new byte[n % 200];
            new Random(n).NextBytes(garbage);
            try
            {
                using var socket = await RawPeer.ConnectAsync(target.Address);
                await socket.SendAsync(garbage, cancellation);
            }
            catch (SocketException)
            {
                // Ended by the other side in the middle of it.
            }

            InterlockedMax(ref most, target.Transport.Handshakes);
        });

        await target.HoldsAsync("all are gone", n => n.Transport.Handshakes == 0);
        Assert.Equal(2UL, (await good.Transport.HelloAsync(target.Address)).NodeId);
        Assert.InRange(most, 1, 64);
        target.Log.Lines.Clear();
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 32 * 1024 * 1024);
    }

    [Fact]
    public async Task BeforeProof_MoreBytesThanAllowed_EndTheConnection()
    {
        await using var target = PeerNode.Start(2, options: o => o with { MaxBytesBeforeProof = 300 });
        await using var good = PeerNode.Start(1);

        await Assert.ThrowsAnyAsync<IOException>(() => good.Transport.HelloAsync(target.Address));

        await target.HoldsAsync("it is told why in the log", n => n.Log.Lines.Any(l => l.Text.Contains("more than 300 bytes", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task BeforeProof_FrameBombAsHello_IsRefusedByItsHeader()
    {
        await using var target = PeerNode.Start(2);
        await using var attacker = await RawPeer.DialAsync(target.Address);
        var frame = new ArrayBufferWriter<byte>();
        Frame.Write(frame, FrameKind.Hello, new byte[Hello.MaxSize + 1]);

        await attacker.SendBytesAsync(frame.WrittenSpan[..Frame.HeaderSize].ToArray());

        Assert.Null(await attacker.ReadAsync());
    }

    [Theory]
    [InlineData("sender", PeerFault.WrongSender)]
    [InlineData("receiver", PeerFault.WrongReceiver)]
    [InlineData("type", PeerFault.UnknownMessageType)]
    [InlineData("frame", PeerFault.UnknownFrame)]
    [InlineData("term", PeerFault.TermJump)]
    [InlineData("snapshot", PeerFault.Malformed)]
    [InlineData("garbage", PeerFault.BadChecksum)]
    [InlineData("bomb", PeerFault.FrameTooLarge)]
    public async Task Message_ThatNoPeerMaySend_EndsTheStreamByNameAndNothingBehindItArrives(string kind, PeerFault expected)
    {
        await using var target = PeerNode.Start(2);
        using var session = await InsiderAsync(target, 1);
        var good = new Message { Type = MessageType.Heartbeat, From = 1, To = 2, Term = 1 };
        var stream = new ArrayBufferWriter<byte>();
        Frame.Write(stream, FrameKind.Message, Body(good));
        switch (kind)
        {
            case "frame":
                Frame.Write(stream, FrameKind.CallRequest, Body(good));
                break;
            case "garbage":
                stream.Write(new byte[64]);
                break;
            case "bomb":
                var bomb = new ArrayBufferWriter<byte>();
                Frame.Write(bomb, FrameKind.Message, new byte[(16 * 1024 * 1024) + 1]);
                stream.Write(bomb.WrittenSpan[..Frame.HeaderSize]);
                break;
            default:
                Frame.Write(stream, FrameKind.Message, Body(kind switch
                {
                    "sender" => good with { From = 3 },
                    "receiver" => good with { To = 3 },
                    "type" => good with { Type = MessageType.Hup },
                    "term" => good with { Term = 1UL << 40 },
                    _ => good with { Type = MessageType.Snap, Snapshot = new Snapshot(5, 1, new ConfState { Voters = [1] }) },
                }));
                break;
        }

        Frame.Write(stream, FrameKind.Message, Body(good));
        await session.Stream.WriteAsync(stream.WrittenMemory);

        await target.HoldsAsync("the stream is ended by name", n => n.Log.Count(LogLevel.Error, $", {expected}:") == 1);
        Assert.Single(target.Handler.Messages);
    }

    [Fact]
    public async Task Message_FaultOfOnePeer_LeavesOthersAlone()
    {
        await using var target = PeerNode.Start(2);
        await using var good = PeerNode.Start(3);
        good.SetPeers(target);
        using var session = await InsiderAsync(target, 1);
        await session.Stream.WriteAsync(new byte[1000]);
        await target.HoldsAsync("the bad stream is ended", n => n.Log.Count(LogLevel.Error, "BadChecksum") == 1);

        good.Send(target, PeerNode.Heartbeat());

        await target.HoldsAsync("the good one goes on", n => n.Handler.Messages.Count == 1);
        Assert.Empty(good.Handler.Lost);
    }

    /// <summary>A peer with the token that does not keep to the rules afterwards.</summary>
    private static async Task<PeerSession> InsiderAsync(PeerNode target, ulong node)
    {
        var options = new PeerTransportOptions { Listen = new IPEndPoint(IPAddress.Loopback, 0), Token = PeerNode.Token };
        var handshake = new PeerHandshake(
            options, () => new PeerFacts(node, PeerNode.Cluster, "", "", ""), TestIdentity.None, (_, _) => PeerRefusal.None, TimeProvider.System, new RecordingLogger());
        var connection = await new SocketPeerNetwork().ConnectAsync(target.Address, CancellationToken.None);
        return await handshake.DialAsync(connection, target.Id, StreamClass.Control, CancellationToken.None);
    }

    private static byte[] Body(Message message)
    {
        var body = new byte[MessageCodec.SizeOf(message)];
        MessageCodec.EncodeBody(message, body);
        return body;
    }

    private static async Task EndAsync(Socket socket)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        try
        {
            var buffer = new byte[1024];
            while (await socket.ReceiveAsync(buffer, deadline.Token) > 0)
            {
                // An alert may come first.
            }
        }
        catch (SocketException)
        {
            // A reset is an end too.
        }
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (var seen = Volatile.Read(ref most); seen < value;)
        {
            seen = Interlocked.CompareExchange(ref most, value, seen);
        }
    }

    /// <summary>A listener like ours that lets sessions resume.</summary>
    private static async Task ServeResumableAsync(TcpListener listener, SslStreamCertificateContext certificate)
    {
        var options = PeerTls.Server(certificate, (_, leaf, _, _) => leaf is not null);
        options.AllowTlsResume = true;
        try
        {
            while (true)
            {
                using var socket = await listener.AcceptSocketAsync();
                await using var tls = new SslStream(new NetworkStream(socket));
                try
                {
                    await tls.AuthenticateAsServerAsync(options);
                    await tls.WriteAsync("x"u8.ToArray());
                    await tls.ReadExactlyAsync(new byte[1]);
                }
                catch (IOException)
                {
                    // The client has seen enough.
                }
            }
        }
        catch (SocketException)
        {
            // The test is over.
        }
    }

    /// <returns>What openssl says of its second connection, which offers the session of the first.</returns>
    private static async Task<string> ReconnectAsync(PeerAddress address, string folder)
    {
        var session = Path.Combine(folder, $"session-{address.Port}.pem");
        await Eventually.HoldsAsync("openssl has a session to offer", async () =>
        {
            var said = await OpenSslAsync(address, folder, $"-tls1_3 -alpn konsul-raft/1 -sess_out {session}");
            return File.Exists(session) ? null : said;
        });
        return await OpenSslAsync(address, folder, $"-tls1_3 -alpn konsul-raft/1 -sess_in {session}");
    }

    private static async Task<string> OpenSslAsync(PeerAddress address, string? folder, string options)
    {
        var certificate = folder is null ? "" : $"-cert {folder}/cert.pem -key {folder}/key.pem";
        var start = new ProcessStartInfo("bash", ["-c", $"(sleep 1) | timeout 20 openssl s_client -connect {address} {certificate} {options} 2>&1"]) { RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return output;
    }
}
