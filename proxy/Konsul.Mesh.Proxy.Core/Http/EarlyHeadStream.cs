using Konsul.Mesh.Proxy.Core.Connections;
using Microsoft.AspNetCore.Http;

namespace Konsul.Mesh.Proxy.Core.Http;

/// <summary>Reads through, and sends the head of the answer when the first read has to wait.</summary>
internal sealed class EarlyHeadStream(Stream inner, HttpResponse response) : ReadOnlyStream
{
    private bool _passed;

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
