namespace Konsul.Mesh.Raft.Host.Format;

/// <summary>A record to be written; what the batch and the chain add is not in it.</summary>
internal readonly record struct LogRecord(RecordType Type, byte Flags, ulong Term, ulong Index, ReadOnlyMemory<byte> Body)
{
    /// <summary>Of a base record: the log was dropped and begins anew behind it.</summary>
    public const byte Reset = 1;

    public int Footprint => RecordHeader.Footprint(Body.Length);
}
