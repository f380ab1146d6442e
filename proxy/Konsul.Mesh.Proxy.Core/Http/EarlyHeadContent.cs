using System.Net;
using Microsoft.AspNetCore.Http;

namespace Konsul.Mesh.Proxy.Core.Http;

/// <summary>
/// The body of an answer whose length is not known. When its first bytes are not there yet, the head goes out without them: an event stream
/// that has nothing to say yet is open all the same. The forwarder alone would hold the head back until the first byte.
/// </summary>
internal sealed class EarlyHeadContent(HttpContent content, HttpResponse response) : HttpContent
{
    /// <summary>gRPC is left alone: its errors are a head that ends the stream, which a head sent early can no longer be. So are upgrades:
    /// their content is a stream both ways.</summary>
    public static bool Suits(HttpResponseMessage answer) =>
        answer.StatusCode != HttpStatusCode.SwitchingProtocols
        && answer.Content.Headers.ContentLength is null
        && answer.Content.Headers.ContentType?.MediaType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) is not true;

    protected override async Task<Stream> CreateContentReadStreamAsync() =>
        new EarlyHeadStream(await content.ReadAsStreamAsync().ConfigureAwait(false), response);

    protected override async Task<Stream> CreateContentReadStreamAsync(CancellationToken cancellationToken) =>
        new EarlyHeadStream(await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false), response);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => content.CopyToAsync(stream, context);

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            content.Dispose();
        }

        base.Dispose(disposing);
    }
}
