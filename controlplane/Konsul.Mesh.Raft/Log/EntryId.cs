namespace Konsul.Mesh.Raft.Log;

/// <summary>What makes an entry this entry: a term has one leader, and a leader writes an index once.</summary>
internal readonly record struct EntryId(ulong Term, ulong Index)
{
    public static EntryId Of(in Entry entry) => new(entry.Term, entry.Index);
}
