namespace Konsul.Mesh.Raft;

/// <summary>One place in the log. Two entries with the same term and index are the same entry (log matching).</summary>
/// <param name="Term">The term of the leader that appended it.</param>
/// <param name="Index">From 1, without gaps.</param>
/// <param name="Type">Who it is for.</param>
/// <param name="Data">Its bytes; never changed after it was handed over.</param>
public readonly record struct Entry(ulong Term, ulong Index, EntryType Type, ReadOnlyMemory<byte> Data);
