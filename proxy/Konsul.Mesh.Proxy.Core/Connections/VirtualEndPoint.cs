using System.Net;

namespace Konsul.Mesh.Proxy.Core.Connections;

/// <summary>An address of the HTTP engine that no socket stands behind: connections are handed to it.</summary>
internal sealed class VirtualEndPoint(string name) : EndPoint
{
    public static VirtualEndPoint Http1 { get; } = new("http1");

    public static VirtualEndPoint Http2 { get; } = new("http2");

    public override string ToString() => name;
}
