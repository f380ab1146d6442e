using System.Security.Cryptography;
using Konsul.Mesh.Raft.Host.Files;

namespace Konsul.Mesh.Raft.Host.Snapshots;

/// <summary>Buffers, counts and hashes what the state machine writes.</summary>
internal sealed class SnapshotBodyWriter(ILogFile file, long start) : Stream
{
    private const int ChunkSize = 256 * 1024;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _buffer = new byte[ChunkSize];
    private int _buffered;
    private long _flushed;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => _flushed + _buffered;

    public override long Position
    {
        get => Length;
        set => throw new NotSupportedException();
    }

    /// <summary>Of all that was written; once, at the end.</summary>
    public byte[] Sha256()
    {
        Flush();
        return _hash.GetHashAndReset();
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            var size = Math.Min(buffer.Length, ChunkSize - _buffered);
            buffer[..size].CopyTo(_buffer.AsSpan(_buffered));
            _buffered += size;
            buffer = buffer[size..];
            if (_buffered == ChunkSize)
            {
                Flush();
            }
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
        var bytes = _buffer.AsSpan(0, _buffered);
        file.WriteAll(start + _flushed, bytes);
        _hash.AppendData(bytes);
        (_flushed, _buffered) = (_flushed + _buffered, 0);
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        _hash.Dispose();
        base.Dispose(disposing);
    }
}
