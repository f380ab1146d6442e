using System.Buffers.Binary;
using Konsul.Mesh.Raft.Host.Format;

namespace Konsul.Mesh.Raft.Host.Storage;

/// <summary>A hard state as a record.</summary>
internal static class HardStateRecord
{
    public static LogRecord Of(HardState state)
    {
        var vote = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(vote, state.Vote);
        return new LogRecord(RecordType.HardState, 0, state.Term, state.Commit, vote);
    }

    /// <returns>Null when the body is none.</returns>
    public static HardState? Read(in RecordHeader header, ReadOnlySpan<byte> body) =>
        body.Length == 8 ? new HardState(header.Term, BinaryPrimitives.ReadUInt64LittleEndian(body), header.Index) : null;
}
