using System.Buffers.Binary;

namespace Konsul.Mesh.Raft.Host.Consensus;

/// <summary>Commands on their way to the leader, little endian: {term:u64, then of each {length:u32, header and command}}; the answer is one byte.</summary>
internal static class ForwardCodec
{
    private const int MaxEntries = 1024;

    public static byte[] Encode(ulong term, IReadOnlyList<PendingProposal> proposals)
    {
        var bytes = new byte[8 + proposals.Sum(p => 4 + p.Entry.Length)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, term);
        var at = 8;
        foreach (var proposal in proposals)
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(at), proposal.Entry.Length);
            proposal.Entry.CopyTo(bytes, at + 4);
            at += 4 + proposal.Entry.Length;
        }

        return bytes;
    }

    /// <returns>False for what no server of this version sends.</returns>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, out ulong term, out List<byte[]> entries)
    {
        (term, entries) = (0, []);
        if (bytes.Length < 8)
        {
            return false;
        }

        term = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        bytes = bytes[8..];
        while (!bytes.IsEmpty)
        {
            var length = bytes.Length < 4 ? -1 : BinaryPrimitives.ReadInt32LittleEndian(bytes);
            if (length < CommandHeader.Size || length > bytes.Length - 4 || entries.Count == MaxEntries || !CommandHeader.IsKnown(bytes[4..]))
            {
                return false;
            }

            entries.Add(bytes.Slice(4, length).ToArray());
            bytes = bytes[(4 + length)..];
        }

        return true;
    }
}
