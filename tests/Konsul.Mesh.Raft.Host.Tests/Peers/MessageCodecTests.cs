using System.Buffers;
using FsCheck;
using FsCheck.Fluent;
using Konsul.Mesh.Raft.Host.Peers;
using Konsul.Mesh.Raft.Host.Peers.Codec;

namespace Konsul.Mesh.Raft.Host.Tests.Peers;

public sealed class MessageCodecTests
{
    private const ulong OwnTerm = 1UL << 40;
    private static readonly MessageCodec Codec = new(MessageLimits.Default);

    private static readonly Message Append = new()
    {
        Type = MessageType.App,
        To = 2,
        From = 1,
        Term = 5,
        LogTerm = 4,
        Index = 10,
        Entries = [new Entry(4, 11, EntryType.Normal, "a"u8.ToArray()), new Entry(5, 12, EntryType.Normal, "b"u8.ToArray())],
    };

    [Fact]
    public void Decode_EveryMessageThatMayTravel_IsWhatWasEncoded()
    {
        Prop.ForAll(Seeds(), seed =>
        {
            var message = RandomMessages.Of(seed);
            var bytes = new ReadOnlySequence<byte>(Encode(message));

            return Codec.TryDecode(ref bytes, OwnTerm, out var decoded) && bytes.IsEmpty
                && RandomMessages.Text(decoded!) == RandomMessages.Text(message) && Encode(decoded!).AsSpan().SequenceEqual(Encode(message));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
    }

    [Fact]
    public void Decode_AnyCutAndAnySegments_WaitsForTheRestAndThenGivesTheSame()
    {
        Prop.ForAll(Seeds(), seed =>
        {
            var message = RandomMessages.Of(seed);
            byte[] stream = [.. Encode(message), .. Encode(message)];
            var random = new Random(seed);
            var cut = random.Next(stream.Length / 2);
            var front = Segments(stream.AsMemory(0, cut), random);
            var waits = !Codec.TryDecode(ref front, OwnTerm, out _) && front.Length == cut;
            var whole = Segments(stream, random);

            return waits && Codec.TryDecode(ref whole, OwnTerm, out var first) && Codec.TryDecode(ref whole, OwnTerm, out var second)
                && whole.IsEmpty && RandomMessages.Text(first!) == RandomMessages.Text(message) && RandomMessages.Text(second!) == RandomMessages.Text(message);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }

    [Fact]
    public void Decode_AnyBitFlipped_IsRefused()
    {
        var bytes = Encode(Append);
        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            var damaged = bytes.ToArray();
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));

            Assert.Throws<PeerProtocolException>(() => Decode(damaged));
        }
    }

    [Fact]
    public void Decode_RandomBodiesWithGoodChecksums_ThrowOnlyTheNamedExceptionAndAllocateWithinBounds()
    {
        var accepted = 0;
        for (var seed = 0; seed < 30_000; seed++)
        {
            var frame = Reframe(Mutate(seed));
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                Decode(frame);
                accepted++;
            }
            catch (PeerProtocolException)
            {
                // The one exception there is; any other fails the test.
            }

            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated < (4 * frame.Length) + 32_768, $"seed {seed}: {allocated} bytes were allocated for a frame of {frame.Length}");
        }

        Assert.True(accepted > 0, "every mutation was refused: the mutations do not get deep enough to prove anything");
    }

    [Fact]
    public void Decode_RandomBytes_ThrowOnlyTheNamedException()
    {
        var random = new Random(7);
        for (var round = 0; round < 20_000; round++)
        {
            var bytes = new byte[random.Next(Frame.HeaderSize, 200)];
            random.NextBytes(bytes);

            Assert.Throws<PeerProtocolException>(() => Decode(bytes));
        }
    }

    [Fact]
    public void Decode_FrameBomb_IsRefusedByItsHeader()
    {
        var to = new ArrayBufferWriter<byte>();
        var codec = new MessageCodec(MessageLimits.Default with { MaxFrameBytes = 1000 });
        Frame.Write(to, FrameKind.Message, new byte[1001]);
        var header = new ReadOnlySequence<byte>(to.WrittenMemory[..Frame.HeaderSize]);

        var error = Assert.Throws<PeerProtocolException>(() => codec.TryDecode(ref header, OwnTerm, out _));

        Assert.Equal(PeerFault.FrameTooLarge, error.Fault);
    }

    [Fact]
    public void Decode_SaysFourBillionEntries_IsRefusedBeforeAnythingIsAllocatedForThem()
    {
        var body = Body(Append);
        var count = body.AsSpan().IndexOf((ReadOnlySpan<byte>)[2, 0, 0, 0, 4, 0, 0, 0]);
        body.AsSpan(count, 4).Fill(0xff);
        var frame = Reframe(body);
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Equal(PeerFault.TooManyEntries, Fault(frame));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 * 1024);
    }

    [Fact]
    public void Decode_EntryLeftOut_IsRefused() =>
        Assert.Equal(PeerFault.EntryGap, FaultOf(Append with { Entries = [Append.Entries[0], Append.Entries[1] with { Index = 13 }] }));

    [Fact]
    public void Decode_FirstEntryNotBehindIndex_IsRefused() => Assert.Equal(PeerFault.EntryGap, FaultOf(Append with { Index = 9 }));

    [Fact]
    public void Decode_EntryTermFalls_IsRefused() =>
        Assert.Equal(PeerFault.BadTerm, FaultOf(Append with { Entries = [Append.Entries[0] with { Term = 5 }, Append.Entries[1] with { Term = 4 }] }));

    [Fact]
    public void Decode_EntryOfALaterTermThanItsMessage_IsRefused() => Assert.Equal(PeerFault.BadTerm, FaultOf(Append with { Term = 4 }));

    [Fact]
    public void Decode_UnknownEntryType_IsRefusedByName() =>
        Assert.Equal(PeerFault.UnknownEntryType, FaultOf(Append with { Entries = [Append.Entries[0] with { Type = (EntryType)9 }] }));

    [Theory]
    [InlineData(MessageType.Hup)]
    [InlineData(MessageType.StorageAppend)]
    [InlineData(MessageType.ForgetLeader)]
    [InlineData((MessageType)200)]
    public void Decode_MessageThatDoesNotTravel_IsRefusedByName(MessageType type) =>
        Assert.Equal(PeerFault.UnknownMessageType, FaultOf(Append with { Type = type }));

    [Theory]
    [InlineData(0UL, 2UL)]
    [InlineData(1UL, 0UL)]
    [InlineData(LocalTarget.Append, 2UL)]
    [InlineData(1UL, LocalTarget.Apply)]
    public void Decode_IdThatNoNodeHas_IsRefused(ulong from, ulong to) => Assert.Equal(PeerFault.BadId, FaultOf(Append with { From = from, To = to }));

    [Fact]
    public void Decode_TermBeyondTheJumpLimit_IsRefused()
    {
        var heartbeat = new Message { Type = MessageType.Heartbeat, From = 1, To = 2, Term = (1UL << 32) + 8 };
        var frame = Reframe(Body(heartbeat));

        Assert.Equal(PeerFault.TermJump, Fault(frame, ownTerm: 7));
        Assert.Equal(heartbeat.Term, Decode(frame, ownTerm: 8)!.Term);
    }

    [Fact]
    public void Decode_SnapshotMembersOutOfOrder_AreRefused() =>
        Assert.Equal(PeerFault.BadId, FaultOf(Snap(new ConfState { Voters = [2, 1] })));

    [Fact]
    public void Decode_SnapshotMemberThatVotesAndLearns_IsRefused() =>
        Assert.Equal(PeerFault.Malformed, FaultOf(Snap(new ConfState { Voters = [1, 2], Learners = [2] })));

    [Fact]
    public void Decode_SnapMessageWithoutSnapshot_IsRefused() =>
        Assert.Equal(PeerFault.Malformed, FaultOf(Snap(ConfState.Empty) with { Snapshot = null }));

    [Fact]
    public void Decode_UnknownFrameVersion_IsRefusedByName()
    {
        var frame = Encode(Append);
        frame[4] = 2;
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(12), Konsul.Mesh.Raft.Host.Format.Checksum.Crc32C(frame.AsSpan(0, 12)));

        Assert.Equal(PeerFault.UnknownFrameVersion, Fault(frame));
    }

    [Fact]
    public void Encode_WhatNoPeerWouldTake_IsRefusedAndWritesNothing()
    {
        var to = new ArrayBufferWriter<byte>();
        var codec = new MessageCodec(MessageLimits.Default with { MaxFrameBytes = 1000 });

        Assert.Throws<PeerProtocolException>(() => codec.Encode(Append with { Entries = [new Entry(5, 11, EntryType.Normal, new byte[1000])] }, to));
        Assert.Throws<PeerProtocolException>(() => codec.Encode(Append with { Responses = [Append] }, to));
        Assert.Equal(0, to.WrittenCount);
    }

    private static Message Snap(ConfState members) =>
        new() { Type = MessageType.Snap, From = 1, To = 2, Term = 5, Snapshot = new Snapshot(10, 4, members) };

    private static Arbitrary<int> Seeds() => Gen.Choose(0, int.MaxValue).ToArbitrary();

    private static byte[] Encode(Message message)
    {
        var to = new ArrayBufferWriter<byte>();
        Codec.Encode(message, to);
        return to.WrittenSpan.ToArray();
    }

    /// <summary>Without the checks of a sender.</summary>
    private static byte[] Body(Message message)
    {
        var body = new byte[MessageCodec.SizeOf(message)];
        MessageCodec.EncodeBody(message, body);
        return body;
    }

    private static byte[] Reframe(byte[] body)
    {
        var to = new ArrayBufferWriter<byte>();
        Frame.Write(to, FrameKind.Message, body);
        return to.WrittenSpan.ToArray();
    }

    private static byte[] Mutate(int seed)
    {
        var random = new Random(seed);
        var body = Body(RandomMessages.Of(seed)).ToList();
        for (var changes = random.Next(4); changes >= 0; changes--)
        {
            var at = random.Next(body.Count);
            switch (random.Next(4))
            {
                case 0:
                    body[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    body[at] = (byte)(random.Next(2) * 255);
                    break;
                case 2:
                    body.Insert(at, (byte)random.Next(256));
                    break;
                default:
                    body.RemoveRange(at, Math.Min(random.Next(12), body.Count - at));
                    body.Add(0);
                    break;
            }
        }

        return [.. body];
    }

    private static Message? Decode(byte[] frame, ulong ownTerm = OwnTerm)
    {
        var bytes = new ReadOnlySequence<byte>(frame);
        return Codec.TryDecode(ref bytes, ownTerm, out var message) ? message : throw new PeerProtocolException(PeerFault.CutOff, "more bytes are needed");
    }

    private static PeerFault Fault(byte[] frame, ulong ownTerm = OwnTerm) => Assert.Throws<PeerProtocolException>(() => Decode(frame, ownTerm)).Fault;

    private static PeerFault FaultOf(Message message) => Fault(Reframe(Body(message)));

    private static ReadOnlySequence<byte> Segments(ReadOnlyMemory<byte> bytes, Random random)
    {
        var first = new Segment(bytes[..0], 0);
        var last = first;
        while (!bytes.IsEmpty)
        {
            var size = random.Next(1, Math.Min(bytes.Length, 20) + 1);
            last = last.Append(bytes[..size]);
            bytes = bytes[size..];
        }

        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, long start) => (Memory, RunningIndex) = (memory, start);

        public Segment Append(ReadOnlyMemory<byte> memory)
        {
            var next = new Segment(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
