using Microsoft.AspNetCore.Http;

namespace Konsul.Mesh.Proxy.Core.Http;

/// <summary>Reads through, and sends the head of the answer when the first read has to wait.</summary>
internal sealed class EarlyHeadStream(Stream inner, HttpResponse response) : Stream
{
    private bool _passed;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = inner.ReadAsync(buffer, cancellationToken);
        if (_passed || read.IsCompleted)
        {
            _passed = true;
            return read;
        }

        _passed = true;
        return SendHeadAsync(read.AsTask(), cancellationToken);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private async ValueTask<int> SendHeadAsync(Task<int> read, CancellationToken cancellationToken)
    {
        await response.Body.FlushAsync(cancellationToken).ConfigureAwait(false);
        return await read.ConfigureAwait(false);
    }
}
