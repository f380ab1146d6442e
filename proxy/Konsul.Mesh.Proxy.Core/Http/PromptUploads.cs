namespace Konsul.Mesh.Proxy.Core.Http;

/// <summary>
/// Sends each piece of a request's body on as it comes. SocketsHttpHandler's HTTP/2 would hold a small piece back until more comes, which for
/// a caller that waits for an answer to what it has said so far is never. The forwarder itself flushes the bodies of gRPC.
/// </summary>
internal sealed class PromptUploads(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Content is { } content
            && content.Headers.ContentType?.MediaType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) is not true)
        {
            request.Content = new PromptContent(content);
        }

        return base.SendAsync(request, cancellationToken);
    }
}
