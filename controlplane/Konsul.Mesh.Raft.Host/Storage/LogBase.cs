using System.Buffers.Binary;
using Konsul.Mesh.Raft.Host.Format;
using Konsul.Mesh.Raft.Host.Snapshots;

namespace Konsul.Mesh.Raft.Host.Storage;

/// <summary>
/// Where the log begins; the last record of it counts, and lies with a hard state in its first segment or a later one. {first segment:u64,
/// boundary index:u64, boundary term:u64, then the current and the previous snapshot as {index:u64, term:u64, length:u64, SHA-256:32, configuration}}.
/// </summary>
/// <param name="Current">The snapshot that the log continues; index 0 with the founding configuration before the first one.</param>
/// <param name="Previous">The one before it, kept in case the file of the current one is found bad.</param>
/// <param name="FirstSegment">Older segments are not needed any more. One that is missing from here on was lost.</param>
/// <param name="Boundary">The entry before the first one that can be read.</param>
/// <param name="BoundaryTerm">Its term.</param>
internal sealed record LogBase(SavedSnapshot Current, SavedSnapshot Previous, ulong FirstSegment, ulong Boundary, ulong BoundaryTerm)
{
    private const int Fixed = 24;
    private const int PerSnapshot = 56;

    public static LogBase Founding(ConfState founders) =>
        new(SavedSnapshot.None with { Meta = Snapshot.None with { Members = founders } }, SavedSnapshot.None, 1, 0, 0);

    public LogRecord ToRecord(bool reset) =>
        new(RecordType.Base, reset ? LogRecord.Reset : (byte)0, Current.Meta.Term, Current.Meta.Index, ToBytes());

    /// <returns>Null when the body is none.</returns>
    public static LogBase? Read(ReadOnlySpan<byte> body)
    {
        if (body.Length < Fixed)
        {
            return null;
        }

        var (segment, boundary, term) = (Number(body, 0), Number(body, 8), Number(body, 16));
        var rest = body[Fixed..];
        return TakeSnapshot(ref rest) is { } current && TakeSnapshot(ref rest) is { } previous && rest.IsEmpty
            ? new LogBase(current, previous, segment, boundary, term)
            : null;
    }

    private byte[] ToBytes()
    {
        using var bytes = new MemoryStream();
        Write(bytes, FirstSegment, Boundary, BoundaryTerm);
        foreach (var snapshot in (ReadOnlySpan<SavedSnapshot>)[Current, Previous])
        {
            Write(bytes, snapshot.Meta.Index, snapshot.Meta.Term, (ulong)snapshot.Length);
            var hash = new byte[32];
            Convert.FromHexString(snapshot.Sha256).CopyTo(hash, 0);
            bytes.Write(hash);
            bytes.Write(MembersFormat.ToBytes(snapshot.Meta.Members));
        }

        return bytes.ToArray();
    }

    private static SavedSnapshot? TakeSnapshot(ref ReadOnlySpan<byte> rest)
    {
        if (rest.Length < PerSnapshot)
        {
            return null;
        }

        var (index, term, length) = (Number(rest, 0), Number(rest, 8), (long)Number(rest, 16));
        var hash = index == 0 ? "" : Convert.ToHexStringLower(rest.Slice(24, 32));
        rest = rest[PerSnapshot..];
        return MembersFormat.Take(ref rest) is { } members ? new SavedSnapshot(new Snapshot(index, term, members), length, hash) : null;
    }

    private static ulong Number(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]);

    private static void Write(Stream to, params ReadOnlySpan<ulong> numbers)
    {
        Span<byte> bytes = stackalloc byte[8];
        foreach (var number in numbers)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, number);
            to.Write(bytes);
        }
    }
}
