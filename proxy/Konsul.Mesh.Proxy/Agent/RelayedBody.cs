using System.Net;

namespace Konsul.Mesh.Proxy.Agent;

/// <summary>A request body passed on as it comes, with its length when the client gave one.</summary>
internal sealed class RelayedBody(Stream body, long? length) : HttpContent
{
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => body.CopyToAsync(stream);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
        body.CopyToAsync(stream, cancellationToken);

    protected override bool TryComputeLength(out long computed)
    {
        computed = length ?? 0;
        return length is not null;
    }
}
