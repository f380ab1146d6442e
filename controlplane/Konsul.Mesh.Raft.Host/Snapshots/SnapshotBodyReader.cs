using Konsul.Mesh.Raft.Host.Files;

namespace Konsul.Mesh.Raft.Host.Snapshots;

/// <summary>The state machine's part of a snapshot file, read through a buffer.</summary>
internal sealed class SnapshotBodyReader(ILogFile file, long start, long length) : Stream
{
    private readonly byte[] _buffer = new byte[(int)Math.Min(256 * 1024, Math.Max(1, length))];
    private long _position;
    private int _at;
    private int _filled;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        if (_at == _filled && buffer.Length >= _buffer.Length)
        {
            // Whoever reads much at once has a buffer of his own.
            var direct = file.ReadAll(start + _position, buffer[..(int)Math.Min(buffer.Length, length - _position)]);
            _position += direct;
            return direct;
        }

        if (_at == _filled)
        {
            var size = (int)Math.Min(_buffer.Length, length - _position);
            _filled = size <= 0 ? 0 : file.ReadAll(start + _position, _buffer.AsSpan(0, size));
            _at = 0;
        }

        var count = Math.Min(buffer.Length, _filled - _at);
        _buffer.AsSpan(_at, count).CopyTo(buffer);
        _at += count;
        _position += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
