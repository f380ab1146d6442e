namespace Konsul.Mesh.Cli.Snapshots;

/// <summary>Gives out no more bytes than allowed: a few compressed bytes may unpack to gigabytes of tar headers, which a tar reader keeps
/// in memory.</summary>
internal sealed class MeteredStream(Stream source) : Stream
{
    /// <summary>Bytes that may still be read.</summary>
    public long Allowance { get; set; }

    /// <summary>Bytes read so far.</summary>
    public long Total { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer) => Charge(source.Read(buffer));

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        Charge(await source.ReadAsync(buffer, cancellationToken));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private int Charge(int read)
    {
        Total += read;
        Allowance -= read;
        return Allowance >= 0 ? read : throw new InvalidDataException("a part of the archive is too large");
    }
}
