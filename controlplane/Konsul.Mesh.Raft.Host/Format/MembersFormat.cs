using System.Buffers.Binary;
using System.Collections.Immutable;

namespace Konsul.Mesh.Raft.Host.Format;

/// <summary>A configuration as bytes: voters, learners, outgoing voters, next learners as {count:u16, ids:u64 …}, then {leave by itself:u8}.</summary>
internal static class MembersFormat
{
    public static byte[] ToBytes(ConfState members)
    {
        ImmutableArray<ulong>[] lists = [members.Voters, members.Learners, members.VotersOutgoing, members.LearnersNext];
        var bytes = new byte[lists.Sum(l => 2 + (8 * l.Length)) + 1];
        var at = 0;
        foreach (var list in lists)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(at), checked((ushort)list.Length));
            at += 2;
            foreach (var id in list)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(at), id);
                at += 8;
            }
        }

        bytes[at] = members.AutoLeave ? (byte)1 : (byte)0;
        return bytes;
    }

    /// <returns>Null when the bytes do not start with a configuration.</returns>
    public static ConfState? Take(ref ReadOnlySpan<byte> bytes)
    {
        var lists = new ImmutableArray<ulong>[4];
        for (var i = 0; i < lists.Length; i++)
        {
            if (bytes.Length < 2 || bytes.Length - 2 < 8 * BinaryPrimitives.ReadUInt16LittleEndian(bytes))
            {
                return null;
            }

            var ids = new ulong[BinaryPrimitives.ReadUInt16LittleEndian(bytes)];
            for (var k = 0; k < ids.Length; k++)
            {
                ids[k] = BinaryPrimitives.ReadUInt64LittleEndian(bytes[(2 + (8 * k))..]);
            }

            lists[i] = ImmutableArray.Create(ids);
            bytes = bytes[(2 + (8 * ids.Length))..];
        }

        if (bytes.IsEmpty || bytes[0] > 1)
        {
            return null;
        }

        var autoLeave = bytes[0] == 1;
        bytes = bytes[1..];
        return new ConfState
        {
            Voters = lists[0],
            Learners = lists[1],
            VotersOutgoing = lists[2],
            LearnersNext = lists[3],
            AutoLeave = autoLeave,
        };
    }
}
