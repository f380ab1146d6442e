using System.Buffers;
using System.Collections.Immutable;
using System.Numerics;

namespace Konsul.Mesh.Raft.Host.Peers.Codec;

/// <summary>
/// Messages as bytes. The body of a frame of kind <see cref="FrameKind.Message"/>, little endian:
/// {type:u8, reject:u8, fields:u16, to:u64, from:u64, term:u64}, then a u64 for each of log term, index, commit, reject hint and context that
/// <c>fields</c> names, then the snapshot, then the entries.
/// Snapshot: {index:u64, term:u64, auto leave:u8}, then for voters, learners, outgoing voters, next learners: {count:u16, count × id:u64}.
/// Entries: {count:u32}, then each {term:u64, index:u64, type:u8, length:u32, data}.
/// Only messages that travel between nodes have an encoding. Thread-safe.
/// </summary>
internal sealed class MessageCodec(MessageLimits limits)
{
    private const int FixedSize = 28;
    private const int EntryHeaderSize = 21;

    /// <summary>Bytes of the body.</summary>
    public static int SizeOf(Message message)
    {
        var size = (long)FixedSize + (8 * BitOperations.PopCount((uint)(FieldsOf(message) & ~(MessageFields.Snapshot | MessageFields.Entries))));
        if (message.Snapshot is { IsEmpty: false } snapshot)
        {
            var members = snapshot.Members;
            size += 25 + (8L * (members.Voters.Length + members.Learners.Length + members.VotersOutgoing.Length + members.LearnersNext.Length));
        }

        if (!message.Entries.IsEmpty)
        {
            size += 4;
            foreach (var entry in message.Entries)
            {
                size += EntryHeaderSize + entry.Data.Length;
            }
        }

        return (int)Math.Min(size, int.MaxValue - Frame.HeaderSize);
    }

    /// <summary>Writes a whole frame.</summary>
    /// <exception cref="PeerProtocolException">No peer would accept this message; nothing was written.</exception>
    public void Encode(Message message, IBufferWriter<byte> to)
    {
        var size = SizeOf(message);
        MessageRules.Check(message, limits, ownTerm: message.Term);
        if (size > limits.MaxFrameBytes)
        {
            throw new PeerProtocolException(PeerFault.FrameTooLarge, $"A {message.Type} takes {size} bytes; at most {limits.MaxFrameBytes} are allowed.");
        }

        var frame = Frame.Begin(to, size);
        EncodeBody(message, frame[Frame.HeaderSize..]);
        Frame.End(to, frame, FrameKind.Message);
    }

    /// <summary>Writes the body alone, into exactly <see cref="SizeOf"/> bytes.</summary>
    public static void EncodeBody(Message message, Span<byte> to)
    {
        var writer = new BodyWriter(to);
        writer.U8((byte)message.Type);
        writer.U8(message.Reject ? (byte)1 : (byte)0);
        writer.U16((ushort)FieldsOf(message));
        writer.U64(message.To);
        writer.U64(message.From);
        writer.U64(message.Term);
        foreach (var value in (ReadOnlySpan<ulong>)[message.LogTerm, message.Index, message.Commit, message.RejectHint, message.Context])
        {
            if (value != 0)
            {
                writer.U64(value);
            }
        }

        if (message.Snapshot is { IsEmpty: false } snapshot)
        {
            writer.U64(snapshot.Index);
            writer.U64(snapshot.Term);
            writer.U8(snapshot.Members.AutoLeave ? (byte)1 : (byte)0);
            WriteIds(ref writer, snapshot.Members.Voters);
            WriteIds(ref writer, snapshot.Members.Learners);
            WriteIds(ref writer, snapshot.Members.VotersOutgoing);
            WriteIds(ref writer, snapshot.Members.LearnersNext);
        }

        if (!message.Entries.IsEmpty)
        {
            writer.U32((uint)message.Entries.Length);
            foreach (var entry in message.Entries)
            {
                writer.U64(entry.Term);
                writer.U64(entry.Index);
                writer.U8((byte)entry.Type);
                writer.U32((uint)entry.Data.Length);
                writer.Bytes(entry.Data.Span);
            }
        }
    }

    /// <summary>Takes one message frame from the front; false when more bytes are needed.</summary>
    /// <param name="from">What has arrived; on true without the frame.</param>
    /// <param name="ownTerm">The newest term known here.</param>
    /// <param name="message">The message; its bytes are its own.</param>
    /// <exception cref="PeerProtocolException">These bytes are not a message that a peer may send.</exception>
    public bool TryDecode(ref ReadOnlySequence<byte> from, ulong ownTerm, out Message? message)
    {
        message = null;
        if (!Frame.TryRead(ref from, limits.MaxFrameBytes, out var kind, out var body))
        {
            return false;
        }

        message = kind == FrameKind.Message
            ? DecodeBody(body, ownTerm)
            : throw new PeerProtocolException(PeerFault.UnknownFrame, $"A frame of kind {(byte)kind} came where messages do.");
        return true;
    }

    /// <exception cref="PeerProtocolException">These bytes are not a message that a peer may send.</exception>
    public Message DecodeBody(in ReadOnlySequence<byte> body, ulong ownTerm)
    {
        var reader = new BodyReader(body);
        var type = (MessageType)reader.U8();
        if (!MessageRules.Travels(type))
        {
            throw new PeerProtocolException(PeerFault.UnknownMessageType, $"Message type {(byte)type} is not one that travels between servers of this version.");
        }

        var reject = ReadBool(ref reader);
        var fields = (MessageFields)reader.U16();
        if ((fields & ~MessageFields.All) != 0)
        {
            throw new PeerProtocolException(PeerFault.Malformed, $"A {type} names fields that are not known here: 0x{(ushort)fields:x}.");
        }

        var message = new Message
        {
            Type = type,
            Reject = reject,
            To = reader.U64(),
            From = reader.U64(),
            Term = reader.U64(),
            LogTerm = ReadField(ref reader, fields, MessageFields.LogTerm),
            Index = ReadField(ref reader, fields, MessageFields.Index),
            Commit = ReadField(ref reader, fields, MessageFields.Commit),
            RejectHint = ReadField(ref reader, fields, MessageFields.RejectHint),
            Context = ReadField(ref reader, fields, MessageFields.Context),
            Snapshot = (fields & MessageFields.Snapshot) != 0 ? ReadSnapshot(ref reader) : null,
            Entries = (fields & MessageFields.Entries) != 0 ? ReadEntries(ref reader) : [],
        };
        reader.End();
        MessageRules.Check(message, limits, ownTerm);
        return message;
    }

    private static MessageFields FieldsOf(Message message) =>
        (message.LogTerm != 0 ? MessageFields.LogTerm : 0)
        | (message.Index != 0 ? MessageFields.Index : 0)
        | (message.Commit != 0 ? MessageFields.Commit : 0)
        | (message.RejectHint != 0 ? MessageFields.RejectHint : 0)
        | (message.Context != 0 ? MessageFields.Context : 0)
        | (message.Snapshot is { IsEmpty: false } ? MessageFields.Snapshot : 0)
        | (!message.Entries.IsEmpty ? MessageFields.Entries : 0);

    private static void WriteIds(ref BodyWriter writer, ImmutableArray<ulong> ids)
    {
        writer.U16((ushort)ids.Length);
        foreach (var id in ids)
        {
            writer.U64(id);
        }
    }

    private static bool ReadBool(ref BodyReader reader) => reader.U8() switch
    {
        0 => false,
        1 => true,
        var other => throw new PeerProtocolException(PeerFault.Malformed, $"A yes or no has the value {other}."),
    };

    private static ulong ReadField(ref BodyReader reader, MessageFields fields, MessageFields field)
    {
        if ((fields & field) == 0)
        {
            return 0;
        }

        var value = reader.U64();
        return value != 0 ? value : throw new PeerProtocolException(PeerFault.Malformed, $"The field {field} is named and zero.");
    }

    private Snapshot ReadSnapshot(ref BodyReader reader)
    {
        var (index, term, autoLeave) = (reader.U64(), reader.U64(), ReadBool(ref reader));
        return new Snapshot(index, term, new ConfState
        {
            AutoLeave = autoLeave,
            Voters = ReadIds(ref reader),
            Learners = ReadIds(ref reader),
            VotersOutgoing = ReadIds(ref reader),
            LearnersNext = ReadIds(ref reader),
        });
    }

    private ImmutableArray<ulong> ReadIds(ref BodyReader reader)
    {
        var count = reader.U16();
        if (count > limits.MaxMembers || count * 8L > reader.Remaining)
        {
            throw new PeerProtocolException(PeerFault.TooManyMembers, $"A configuration names {count} members; at most {limits.MaxMembers} are allowed.");
        }

        var ids = ImmutableArray.CreateBuilder<ulong>(count);
        while (ids.Count < count)
        {
            ids.Add(reader.U64());
        }

        return ids.MoveToImmutable();
    }

    /// <summary>All data is copied at once and cut into pieces; entries of one message live and die together.</summary>
    private ImmutableArray<Entry> ReadEntries(ref BodyReader reader)
    {
        var count = reader.U32();
        if (count == 0 || count > limits.MaxEntries || count * (long)EntryHeaderSize > reader.Remaining)
        {
            throw new PeerProtocolException(
                PeerFault.TooManyEntries, $"A message says it has {count} entries in {reader.Remaining} bytes; it may have 1 to {limits.MaxEntries}.");
        }

        var data = new byte[reader.Remaining - (count * EntryHeaderSize)];
        var used = 0;
        var entries = ImmutableArray.CreateBuilder<Entry>((int)count);
        while (entries.Count < count)
        {
            var (term, index, type, length) = (reader.U64(), reader.U64(), (EntryType)reader.U8(), reader.U32());
            if (length > data.Length - used)
            {
                throw new PeerProtocolException(PeerFault.Malformed, $"Entry {index} says it has {length} bytes; {data.Length - used} are left.");
            }

            reader.CopyTo(data.AsSpan(used, (int)length));
            entries.Add(new Entry(term, index, type, data.AsMemory(used, (int)length)));
            used += (int)length;
        }

        return entries.MoveToImmutable();
    }
}
