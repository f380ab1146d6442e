namespace Konsul.Mesh.State.Cluster;

/// <summary>Pieces read as one.</summary>
internal sealed class PieceStream(IReadOnlyList<StagedPiece> pieces) : Stream
{
    private int _piece;
    private int _offset;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        while (_piece < pieces.Count && _offset == pieces[_piece].Bytes.Length)
        {
            (_piece, _offset) = (_piece + 1, 0);
        }

        if (_piece == pieces.Count)
        {
            return 0;
        }

        var left = pieces[_piece].Bytes.Span[_offset..];
        var count = Math.Min(left.Length, buffer.Length);
        left[..count].CopyTo(buffer);
        _offset += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
