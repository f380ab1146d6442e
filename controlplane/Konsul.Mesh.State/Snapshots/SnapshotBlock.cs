using System.Buffers.Binary;

namespace Konsul.Mesh.State.Snapshots;

/// <summary>A stretch of a snapshot: whole records, each with a good checksum, and behind them the first bytes of the next one.</summary>
internal sealed class SnapshotBlock
{
    private const int UsualSize = 1024 * 1024;

    public byte[] Bytes { get; private set; } = new byte[UsualSize];

    /// <summary>Where <see cref="Bytes"/> starts in the snapshot.</summary>
    public long Offset { get; private set; }

    /// <summary>How many bytes are there.</summary>
    public int Filled { get; private set; }

    /// <summary>Behind the last whole record.</summary>
    public int End { get; set; }

    /// <summary>The end record was reached; it is not among the records.</summary>
    public bool IsLast { get; set; }

    /// <summary>Begins with what another block has left.</summary>
    public void Continue(SnapshotBlock before)
    {
        Bytes = Bytes.Length > UsualSize ? new byte[UsualSize] : Bytes;
        (Offset, Filled, End, IsLast) = (before.Offset + before.End, 0, 0, false);
        var rest = before.Bytes.AsSpan(before.End, before.Filled - before.End);
        Reserve(rest.Length);
        rest.CopyTo(Bytes);
        Filled = rest.Length;
    }

    /// <summary>Reads on until the block is full, and has room for so many bytes.</summary>
    /// <returns>False when the source ended before that many.</returns>
    public bool Fill(Stream source, int least)
    {
        Reserve(least);
        Filled += source.ReadAtLeast(Bytes.AsSpan(Filled), Bytes.Length - Filled, throwOnEndOfStream: false);
        return Filled >= least;
    }

    public SnapshotTable TableAt(int record) => (SnapshotTable)Bytes[record];

    public int LengthAt(int record) => BinaryPrimitives.ReadInt32LittleEndian(Bytes.AsSpan(record + 1));

    private void Reserve(int size)
    {
        if (Bytes.Length < size)
        {
            var larger = new byte[size];
            Bytes.AsSpan(0, Filled).CopyTo(larger);
            Bytes = larger;
        }
    }
}
