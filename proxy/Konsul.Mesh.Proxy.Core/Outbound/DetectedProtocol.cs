namespace Konsul.Mesh.Proxy.Core.Outbound;

internal enum DetectedProtocol
{
    Unknown,
    Http1,
    Http2,
}
