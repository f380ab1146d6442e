using Konsul.Mesh.Proxy.Core.Connections;

namespace Konsul.Mesh.Proxy.Core.Http;

/// <summary>Writes through and flushes, as long as more may come.</summary>
/// <param name="inner">The request's stream.</param>
/// <param name="length">The body's length, bytes; null when nobody knows.</param>
internal sealed class PromptStream(Stream inner, long? length) : WriteOnlyStream
{
    private long _written;

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await inner.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
        _written += buffer.Length;
        if (length is null || _written < length)
        {
            await inner.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);
}
