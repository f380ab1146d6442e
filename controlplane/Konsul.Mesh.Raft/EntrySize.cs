using System.Numerics;

namespace Konsul.Mesh.Raft;

/// <summary>
/// Bytes that an entry counts for in limits of messages and of applied batches: those of the protobuf encoding that etcd-io/raft uses, so that
/// cuts fall where its cases expect them.
/// </summary>
public static class EntrySize
{
    public static ulong Of(in Entry entry)
    {
        var size = 2 + VarintLength(entry.Term) + VarintLength(entry.Index) + (entry.Type == EntryType.Normal ? 0 : 2);
        if (!entry.Data.IsEmpty)
        {
            size += 1 + VarintLength((ulong)entry.Data.Length) + entry.Data.Length;
        }

        return (ulong)size;
    }

    public static ulong Of(ReadOnlySpan<Entry> entries)
    {
        var size = 0UL;
        foreach (ref readonly var entry in entries)
        {
            size += Of(entry);
        }

        return size;
    }

    internal static ulong Payload(ReadOnlySpan<Entry> entries)
    {
        var size = 0UL;
        foreach (ref readonly var entry in entries)
        {
            size += (ulong)entry.Data.Length;
        }

        return size;
    }

    /// <summary>How many of the entries fit: at least one, then as many as stay within the bytes.</summary>
    public static int CountWithin(ReadOnlySpan<Entry> entries, ulong maxBytes)
    {
        var size = 0UL;
        for (var i = 0; i < entries.Length; i++)
        {
            size += Of(entries[i]);
            if (size > maxBytes && i > 0)
            {
                return i;
            }
        }

        return entries.Length;
    }

    private static int VarintLength(ulong value) => Math.Max(1, (70 - BitOperations.LeadingZeroCount(value)) / 7);
}
