namespace Konsul.Mesh.Proxy.Core.AppClient;

/// <summary>How the end of a response body is known (RFC 9112 section 6.3).</summary>
internal enum BodyFraming
{
    None,
    Length,
    Chunked,

    /// <summary>The end of the connection is the end of the body.</summary>
    UntilClose,
}
